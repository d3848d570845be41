import { Queue, type QueueOptions } from 'bullmq';
import type { Redis } from 'ioredis';
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

  constructor(connection: Redis, onError: (error: Error) => void) {
    this.queue = new Queue<WebhookDelivery>(WEBHOOK_QUEUE, { ...WEBHOOK_QUEUE_OPTIONS, connection });
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
}
