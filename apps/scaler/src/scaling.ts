import type { ScalerState } from './http/scaler-health.js';
import type { ScalerContext } from './scaler-context.js';

/** Reading, policy, record and reconcile, put together. */
export class Scaling {
  constructor(private readonly context: ScalerContext) {}

  async start(): Promise<void> {
    this.context.metrics.gauge('sluice_scaler_leader').set(0);
  }

  async stop(): Promise<void> {}

  describe(): ScalerState {
    const { scalerId, config } = this.context;
    return {
      id: scalerId,
      role: 'follower',
      mode: config.mode,
      driver: config.driver,
      pools: [...config.pools.keys()],
    };
  }

  isStuck(): boolean {
    return false;
  }
}
