import type { QueueOptions, WorkerOptions } from 'bullmq';

export const FLOOR_PREFIX = '{floor}';
export const FLOOR_QUEUE = 'generate-default';
export const FLOOR_CHANNEL = '{floor}:wake';

/** As Sluice sets BullMQ up: no event stream that nobody reads, jobs removed when they are done. */
export const FLOOR_QUEUE_OPTIONS = {
  prefix: FLOOR_PREFIX,
  streams: { events: { maxLen: 0 } },
} as const satisfies Partial<QueueOptions>;

export const FLOOR_WORKER_OPTIONS = {
  prefix: FLOOR_PREFIX,
  lockDuration: 10_000,
  stalledInterval: 5_000,
  maxStalledCount: 2,
} as const satisfies Partial<WorkerOptions>;
