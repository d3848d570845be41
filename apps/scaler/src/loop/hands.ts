import { within } from '#common/lifecycle/within.js';
import type { Logger } from '#common/observability/logger.js';
import type { Metrics } from '#common/observability/metrics.js';
import type { Driver } from '../drivers/driver.js';
import type { Term } from './term.js';

const ACT_MS_MAX = 60_000;
/** A scaler that is gone cordons nobody for longer. */
const CORDON_MS = 60_000;

export const ACTIONS = ['start', 'cordon', 'uncordon', 'stop', 'kill', 'forget'] as const;
type Action = (typeof ACTIONS)[number];

export interface HandsParts {
  readonly pool: string;
  readonly driver: Driver;
  readonly workers: {
    cordon(workerId: string, by: 'scaler', forMs: number): Promise<void>;
    uncordon(workerId: string, by: 'scaler'): Promise<void>;
  };
  readonly metrics: Metrics;
  readonly logger: Logger;
}

/** All that one leader does to instances in one step. Each time the lease is looked at first; what fails is a trouble, told in the end. */
export class Hands {
  readonly troubles: string[] = [];

  constructor(
    readonly term: Term,
    private readonly parts: HandsParts,
  ) {}

  /** The names of those that were started. */
  async start(count: number): Promise<readonly string[]> {
    const { driver } = this.parts;
    const until = performance.now() + ACT_MS_MAX;
    const mayGoOn = (): boolean => this.term.isOurs() && performance.now() < until;
    const started = await this.act('start', String(count), () =>
      driver.start({ count, epoch: this.term.epoch, mayGoOn }),
    );
    return started ?? [];
  }

  /** This and what follows answer whether it was done. */
  async stop(instance: string): Promise<boolean> {
    const { driver } = this.parts;
    return this.did('stop', instance, () => driver.stop(instance, { epoch: this.term.epoch }));
  }

  async kill(instance: string): Promise<boolean> {
    const { driver } = this.parts;
    return this.did('kill', instance, () => driver.kill(instance, { epoch: this.term.epoch }));
  }

  async forget(instance: string): Promise<boolean> {
    return this.did('forget', instance, () => this.parts.driver.forget(instance));
  }

  async cordon(workerId: string): Promise<boolean> {
    return this.did('cordon', workerId, () => this.parts.workers.cordon(workerId, 'scaler', CORDON_MS));
  }

  async uncordon(workerId: string): Promise<boolean> {
    return this.did('uncordon', workerId, () => this.parts.workers.uncordon(workerId, 'scaler'));
  }

  private async did(action: Action, whom: string, work: () => Promise<void>): Promise<boolean> {
    const done = await this.act(action, whom, async () => {
      await work();
      return true;
    });
    return done ?? false;
  }

  private async act<T>(action: Action, whom: string, work: () => Promise<T>): Promise<T | null> {
    const { pool, metrics, logger } = this.parts;
    if (!this.term.isOurs()) return null;
    const count = (result: 'done' | 'failed'): void =>
      metrics.counter('sluice_scaler_actions_total').inc({ pool, action, result });
    try {
      const result = await within(ACT_MS_MAX, 'the driver', work());
      count('done');
      if (action !== 'cordon' && action !== 'forget') logger.info({ pool, action, whom }, 'acted');
      return result;
    } catch (error) {
      count('failed');
      logger.warn({ pool, action, whom, err: error }, 'an action failed; the next tick sees what is so');
      this.troubles.push(`${action} failed: ${error instanceof Error ? error.message : 'unknown'}`);
      return null;
    }
  }
}
