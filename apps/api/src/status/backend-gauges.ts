import type { Metrics } from '#common/observability/metrics.js';
import type { BackendView } from '../backends/backends.schema.js';
import type { FleetBackends } from '../backends/fleet-backends.js';

const STATES: Readonly<Record<string, number>> = { 'half-open': 1, open: 2 };

/** Circuits and health of the backends, read when they are asked for; NaN while Redis does not answer. */
export class BackendGauges {
  private shown: readonly string[] = [];

  constructor(
    private readonly fleet: Pick<FleetBackends, 'list'>,
    private readonly metrics: Metrics,
  ) {}

  async refresh(): Promise<void> {
    const backends = await this.fleet.list().catch(() => null);
    const readings =
      backends?.map((backend) => ({
        id: backend.id,
        circuit: worstOf(backend),
        isWell: wellness(backend),
      })) ?? this.shown.map((id) => ({ id, circuit: NaN, isWell: NaN }));
    const circuits = this.metrics.gauge('sluice_circuit_state');
    const health = this.metrics.gauge('sluice_backend_healthy');
    circuits.reset();
    health.reset();
    for (const { id, circuit, isWell } of readings) {
      circuits.set({ backend: id }, circuit);
      health.set({ backend: id }, isWell);
    }
    this.shown = readings.map(({ id }) => id);
  }
}

/** A circuit that cannot be read may be open. */
function worstOf({ circuits }: BackendView): number {
  const states = circuits.map(({ state }) => STATES[state] ?? NaN);
  return states.includes(2) ? 2 : Math.max(0, ...states);
}

const WELLNESS = { well: 1, ill: 0, unknown: NaN };
const wellness = ({ health: { state } }: BackendView): number => WELLNESS[state];
