import type { PoolQueues } from '#common/queue/pool-queues.js';
import type { QueueView } from './queues.schema.js';

/** The pools' queues, as administrators see and stop them. */
export class ManageQueues {
  constructor(private readonly queues: PoolQueues) {}

  list(): Promise<QueueView[]> {
    return Promise.all(this.queues.pools.map((pool) => this.view(pool)));
  }

  async view(pool: string): Promise<QueueView> {
    const [{ failed, ...counts }, is_paused] = await Promise.all([
      this.queues.counts(pool),
      this.queues.isPaused(pool),
    ]);
    return { pool, is_paused, ...counts, dead_letters: failed };
  }

  /** Workers take nothing more from it; what runs goes on, and what comes is accepted. */
  async pause(pool: string): Promise<QueueView> {
    await this.queues.pause(pool);
    return this.view(pool);
  }

  async resume(pool: string): Promise<QueueView> {
    await this.queues.resume(pool);
    return this.view(pool);
  }
}
