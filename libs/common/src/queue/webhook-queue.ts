import { Queue, type QueueOptions } from 'bullmq';
import type { ChainableCommander, Redis } from 'ioredis';
import { z } from 'zod';
import { deliveryJobId, type WebhookDelivery } from '#common/contracts/webhook.js';
import { KEY_PREFIX } from '#common/redis/keys.js';

export const WEBHOOK_QUEUE = 'webhooks';

/** The name of every entry: BullMQ shows it, so it says nothing of the receiver. */
const DELIVER = 'deliver';

/** Every receiver has so many attempts before a delivery is dead. */
export const WEBHOOK_ATTEMPTS = 10;

/** As in generation-queue.ts: every process that opens the queue must say these alike. */
export const WEBHOOK_QUEUE_OPTIONS = {
  prefix: KEY_PREFIX,
  streams: { events: { maxLen: 0 } },
} as const satisfies Partial<QueueOptions>;

/** `ready`: wait for a worker; `delayed`: wait for their next attempt; `active`: are being sent. */
export const WEBHOOK_QUEUE_STATES = ['ready', 'delayed', 'active'] as const;

export type WebhookQueueDepth = Readonly<Record<(typeof WEBHOOK_QUEUE_STATES)[number], number>> & {
  /** The age of the oldest of the next deliveries that were not tried yet; 0 when there is none. */
  readonly oldestMs: number;
};

/** So many of the next deliveries are looked at for their age. */
const LOOKED_AT_MAX = 50;
const depthReply = z.tuple([z.number(), z.number(), z.number(), z.array(z.string())]);
const ageReply = z.tuple([z.string().nullable(), z.string().nullable()]);

const JOB_OPTIONS = {
  attempts: WEBHOOK_ATTEMPTS,
  backoff: { type: 'custom' },
  // Remembered a little: whoever vanished between adding and acknowledging has it dispatched again, under the same id.
  removeOnComplete: { age: 300, count: 1_000 },
  // Dead deliveries are in PostgreSQL, from where they are replayed.
  removeOnFail: true,
} as const;

/** The queue of webhook deliveries. Call it only once Redis has answered, as for the pools' queues. */
export class WebhookQueue {
  readonly queue: Queue<WebhookDelivery>;

  constructor(
    private readonly redis: Redis,
    onError: (error: Error) => void,
  ) {
    this.queue = new Queue<WebhookDelivery>(WEBHOOK_QUEUE, { ...WEBHOOK_QUEUE_OPTIONS, connection: redis });
    this.queue.on('error', onError);
  }

  /** What is in the queue already stays as it is: an id that comes twice is one entry. */
  async add(deliveries: readonly WebhookDelivery[]): Promise<void> {
    if (deliveries.length === 0) return;
    await this.queue.addBulk(
      deliveries.map((data) => ({
        name: DELIVER,
        data,
        opts: { ...JOB_OPTIONS, jobId: deliveryJobId(data) },
      })),
    );
  }

  /** `nowMs`: Unix ms, by the clock of whoever adds. */
  async depth(nowMs: number): Promise<WebhookQueueDepth> {
    const { queue, redis } = this;
    const counted = await valuesOf(
      redis
        .pipeline()
        .llen(queue.toKey('wait'))
        .zcard(queue.toKey('delayed'))
        .llen(queue.toKey('active'))
        // Taken from its end.
        .lrange(queue.toKey('wait'), -LOOKED_AT_MAX, -1),
    );
    const [ready, delayed, active, next] = depthReply.parse(counted);
    const reading = redis.pipeline();
    for (const id of next) reading.hmget(queue.toKey(id), 'timestamp', 'atm');
    const ages = (await valuesOf(reading)).map((value) => {
      const [addedMs, attempts] = ageReply.parse(value);
      return addedMs === null || attempts !== null ? 0 : Math.max(0, nowMs - Number(addedMs));
    });
    return { ready, delayed, active, oldestMs: Math.max(0, ...ages) };
  }
}

async function valuesOf(pipeline: ChainableCommander): Promise<unknown[]> {
  return ((await pipeline.exec()) ?? []).map(([error, value]) => {
    if (error !== null) throw error;
    return value;
  });
}
