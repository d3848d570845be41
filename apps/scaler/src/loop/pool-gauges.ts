import type { ScalingDecision, ScalingReport } from '#common/contracts/scaling.js';
import { INSTANCE_STATES } from '#common/contracts/scaling.js';
import type { Metrics } from '#common/observability/metrics.js';
import { ACTIONS } from './hands.js';

/** What a pool's scaler shows of itself while it leads; what is configured and what it has counted it shows always. */
export class PoolGauges {
  constructor(
    private readonly pool: string,
    private readonly metrics: Metrics,
    waitObjectiveS: number,
  ) {
    metrics.gauge('sluice_scaler_wait_objective_seconds').set({ pool }, waitObjectiveS);
    // The first of a counter would be missed by whoever asks for its increase.
    metrics.counter('sluice_scaler_crashes_total').inc({ pool }, 0);
    for (const action of ACTIONS) {
      for (const result of ['done', 'failed'])
        metrics.counter('sluice_scaler_actions_total').inc({ pool, action, result }, 0);
    }
  }

  show({ decision, instances }: ScalingReport, age_s: number, coldStart_s: number): void {
    const { pool, metrics } = this;
    metrics.gauge('sluice_scaler_desired_workers').set({ pool }, decision.desired);
    metrics.gauge('sluice_scaler_reading_age_seconds').set({ pool }, age_s);
    metrics.gauge('sluice_scaler_cold_start_seconds').set({ pool }, coldStart_s);
    for (const state of INSTANCE_STATES) {
      const count = instances?.filter((instance) => instance.state === state).length ?? NaN;
      metrics.gauge('sluice_scaler_workers').set({ pool, state }, count);
    }
    const { action } = decision;
    metrics.counter('sluice_scaler_decisions_total').inc({ pool, action, code: decisiveCode(decision) });
  }

  countCrashes(crashes: number): void {
    this.metrics.counter('sluice_scaler_crashes_total').inc({ pool: this.pool }, crashes);
  }

  /** Who does not lead knows nothing of the pool. */
  clear(): void {
    const { pool, metrics } = this;
    for (const name of ['desired_workers', 'reading_age_seconds', 'cold_start_seconds'] as const) {
      metrics.gauge(`sluice_scaler_${name}`).remove({ pool });
    }
    for (const state of INSTANCE_STATES) metrics.gauge('sluice_scaler_workers').remove({ pool, state });
  }
}

/** The last step that changed the number. */
function decisiveCode({ reasons }: ScalingDecision): string {
  const changing = reasons.filter(({ to }, index) => to !== (reasons[index - 1]?.to ?? 0));
  return changing.at(-1)?.code ?? reasons.at(-1)?.code ?? 'none';
}
