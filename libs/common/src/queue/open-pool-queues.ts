import { Queue } from 'bullmq';
import type { Redis } from 'ioredis';
import type { QueuedGeneration } from '#common/contracts/generation.js';
import { QUEUE_OPTIONS, queueName } from './generation-queue.js';
import { PoolQueues } from './pool-queues.js';

/** Call it only once Redis has answered: a queue constructed while Redis is away never becomes ready. */
export function openPoolQueues(
  pools: readonly string[],
  connection: Redis,
  onError: (error: Error) => void,
): PoolQueues {
  const queues = pools.map(
    (pool) => [pool, new Queue<QueuedGeneration>(queueName(pool), { ...QUEUE_OPTIONS, connection })] as const,
  );
  return new PoolQueues(connection, new Map(queues), onError);
}
