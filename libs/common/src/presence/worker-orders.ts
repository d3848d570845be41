import type { Redis } from 'ioredis';
import { WORKER_LOOK } from '#common/contracts/wake-up.js';
import { channels, keys } from '#common/redis/keys.js';

export type CordonedBy = 'admin' | 'scaler';

/**
 * Tells a worker to take no more jobs, and to take some again. Whoever cordons takes back its own order only: the worker takes
 * jobs while there is none. An order ends by itself.
 */
export class WorkerOrders {
  constructor(private readonly redis: Redis) {}

  /** Renews an order that is in force. Rejects when Redis does not answer; the order may then be in force or not. */
  async cordon(workerId: string, by: CordonedBy, forMs: number): Promise<void> {
    await this.tell(workerId, (pipeline) => pipeline.set(keys.workerCordon(workerId, by), '1', 'PX', forMs));
  }

  async uncordon(workerId: string, by: CordonedBy): Promise<void> {
    await this.tell(workerId, (pipeline) => pipeline.del(keys.workerCordon(workerId, by)));
  }

  private async tell(workerId: string, write: (pipeline: Pipeline) => Pipeline): Promise<void> {
    const answers = await write(this.redis.pipeline())
      .publish(channels.workerControl(workerId), WORKER_LOOK)
      .exec();
    for (const [error] of answers ?? []) if (error !== null) throw error;
  }
}

type Pipeline = ReturnType<Redis['pipeline']>;
