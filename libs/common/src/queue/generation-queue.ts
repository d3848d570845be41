import type { JobsOptions, QueueOptions, WorkerOptions } from 'bullmq';
import { KEY_PREFIX } from '#common/redis/keys.js';

export const queueName = (pool: string): string => `generate-${pool}`;

/** The name of every job: BullMQ shows it, so it says nothing of the caller. */
export const GENERATE = 'generate';

/** `add` refuses a job whose payload is larger, in bytes; the body limit of the API is below it. */
const PAYLOAD_BYTES_MAX = 4 * 1024 * 1024;

/** What every process that opens a pool's queue must say alike: BullMQ keeps it in the queue's own key. */
export const QUEUE_OPTIONS = {
  prefix: KEY_PREFIX,
  // Nobody reads BullMQ's event stream: settlements go through ours, and results would fill the memory of this one.
  streams: { events: { maxLen: 0 } },
} as const satisfies Partial<QueueOptions>;

/**
 * One layer retries, and it is not the queue: a job is delivered once, and again only when its worker vanished. A worker
 * that vanished is noticed after at most 10 s (lock) + 5 s (check).
 */
export const WORKER_OPTIONS = {
  prefix: KEY_PREFIX,
  lockDuration: 10_000,
  stalledInterval: 5_000,
  maxStalledCount: 2,
} as const satisfies Partial<WorkerOptions>;

/** `priority` is at least 1: a job without a priority would overtake all that have one. */
export function jobOptions(jobId: string, priority: number): JobsOptions {
  return {
    jobId,
    priority,
    attempts: 1,
    removeOnComplete: true,
    removeOnFail: { age: 7 * 24 * 3600, count: 10_000 },
    sizeLimit: PAYLOAD_BYTES_MAX,
  };
}
