import type { Circuit, CircuitState } from '#common/contracts/circuit.js';
import type { Logger } from '#common/observability/logger.js';
import type { Metrics } from '#common/observability/metrics.js';
import { tick } from './circuit.policy.js';
import type { CircuitsLedger } from './circuits.ledger.js';
import type { LocalCircuit, Moment } from './local-circuit.js';

/** Each time somebody else was first. */
const TRIES_MAX = 20;

export interface CircuitWriterParts {
  readonly ledger: Pick<CircuitsLedger, 'write'>;
  readonly moment: () => Moment;
  readonly metrics: Metrics;
  readonly logger: Logger;
}

/** Brings what this worker has heard into the fleet's circuits, each change in force or not at all. */
export class CircuitWriter {
  private readonly writes = new Set<Promise<void>>();

  constructor(private readonly parts: CircuitWriterParts) {}

  /** Resolves when what was under way has ended. */
  async idle(): Promise<void> {
    await Promise.all(this.writes);
  }

  /** One write at a time: what is heard meanwhile goes with the next. */
  write(local: LocalCircuit): void {
    if (local.isWriting) return;
    local.isWriting = true;
    const write = this.writeAll(local).then((isDone) => {
      local.isWriting = false;
      local.look(this.parts.moment());
      this.writes.delete(write);
      if (isDone && local.hasNews) this.write(local);
    });
    this.writes.add(write);
  }

  /** False: Redis does not take it now, or others are always first. The next sync tries again. */
  private async writeAll(local: LocalCircuit): Promise<boolean> {
    try {
      for (let tries = 0; tries < TRIES_MAX; tries++) {
        const draft = local.draft(this.parts.moment());
        if (draft === null) return true;
        if (await this.put(local, draft.known, draft.state)) local.written(draft);
      }
      return false;
    } catch (error) {
      this.parts.logger.debug({ err: error }, 'a circuit could not be written; trying again');
      return false;
    }
  }

  /** Whether the change is in force in the fleet. `change` answers null when there is nothing to change. */
  async change(
    local: LocalCircuit,
    change: (state: CircuitState, nowMs: number) => CircuitState | null,
  ): Promise<boolean> {
    try {
      for (let tries = 0; tries < TRIES_MAX; tries++) {
        const { nowMs, dice } = this.parts.moment();
        const state = change(tick(local.shared.state, nowMs, dice), nowMs);
        if (state === null) return false;
        if (await this.put(local, local.shared, state)) return true;
      }
    } catch (error) {
      this.parts.logger.debug({ err: error }, 'a circuit could not be changed');
    }
    return false;
  }

  private async put(local: LocalCircuit, known: Circuit, state: CircuitState): Promise<boolean> {
    const { ledger, moment } = this.parts;
    const written = await ledger.write(known, state);
    local.accept(written.circuit, moment());
    if (written.kind === 'outrun') return false;
    if (state.kind !== known.state.kind) this.tellOf(known, state);
    return true;
  }

  private tellOf({ backend, model, state: { kind: before } }: Circuit, { kind: state }: CircuitState): void {
    this.parts.metrics.counter('sluice_circuit_transitions_total').inc({ backend, state });
    this.parts.logger.info({ backend, model, state, before }, 'circuit');
  }
}
