import { setMaxListeners } from 'node:events';
import { DelayedError, type Job, UnrecoverableError, WaitingError, Worker } from 'bullmq';
import type { Redis } from 'ioredis';
import { webhookDelivery } from '#common/contracts/webhook.js';
import type { Logger } from '#common/observability/logger.js';
import { WEBHOOK_QUEUE, WEBHOOK_QUEUE_OPTIONS } from '#common/queue/webhook-queue.js';
import type { DeliverWebhook, Ran, Run } from './deliver-webhook.js';
import { CALLS_MAX } from './lanes.js';

/** Those for whom there is no place are looked at and go back: they must not keep others from being looked at. */
const TURNED_AWAY_MAX = 20;

/** As in generation-queue.ts, but that a delivery is never given up because its workers vanished: it cannot have ended them. */
const WORKER_OPTIONS = {
  prefix: WEBHOOK_QUEUE_OPTIONS.prefix,
  lockDuration: 10_000,
  stalledInterval: 5_000,
  maxStalledCount: 1_000_000,
  concurrency: CALLS_MAX + TURNED_AWAY_MAX,
} as const;

/** After a defect of ours the delivery comes back so late, in milliseconds; it is no attempt. */
const DEFECT_MS = 60_000;

/** Ends a run as a failed attempt, which BullMQ counts. */
class AttemptFailed extends Error {
  override readonly name = 'AttemptFailed';

  constructor(
    because: string,
    readonly delayMs: number,
  ) {
    super(because);
    // BullMQ would keep it.
    this.stack = '';
  }
}

export interface WebhookProcessorParts {
  readonly connection: Redis;
  readonly deliver: Pick<DeliverWebhook, 'execute'>;
  readonly logger: Logger;
}

/** Translates BullMQ into our words. */
export class WebhookProcessor {
  private readonly cutting = new AbortController();
  private readonly worker: Worker<unknown>;
  private isPulling = true;

  /** Begins at once. Make it only once Redis has answered, as the queues. */
  constructor(private readonly parts: WebhookProcessorParts) {
    // Each call in flight listens.
    setMaxListeners(0, this.cutting.signal);
    this.worker = new Worker<unknown>(WEBHOOK_QUEUE, (queued, token) => this.process(queued, token), {
      ...WORKER_OPTIONS,
      connection: parts.connection,
      settings: {
        backoffStrategy: (_made, _type, error) =>
          error instanceof AttemptFailed ? error.delayMs : DEFECT_MS,
      },
    });
    this.worker.on('error', (error) => {
      parts.logger.debug({ err: error }, 'the queue of webhooks lost redis');
    });
  }

  /** Takes no more; what runs goes on. */
  async stopPulling(): Promise<void> {
    this.isPulling = false;
    await this.worker.pause(true);
  }

  /** Lets calls under way end within `ms`; those that do not go back to the queue as they were. */
  async drain(ms: number): Promise<void> {
    const timer = setTimeout(() => this.cutting.abort(), ms);
    try {
      await this.worker.close();
    } finally {
      clearTimeout(timer);
    }
  }

  private async process(queued: Job<unknown>, token?: string): Promise<void> {
    const read = webhookDelivery.safeParse(queued.data);
    if (!read.success) throw new UnrecoverableError('the queue holds what is no delivery');
    const number = queued.attemptsMade + 1;
    const ran = await this.run({ delivery: read.data, number, stopping: this.cutting.signal });
    switch (ran.kind) {
      case 'delivered':
        return;
      case 'failed':
        throw new AttemptFailed(ran.because, ran.delayMs);
      case 'dead':
        throw new UnrecoverableError(ran.because);
      case 'postponed':
        await queued.moveToDelayed(Date.now() + ran.inMs, token);
        throw new DelayedError();
      case 'handed-back':
        await queued.moveToWait(token);
        throw new WaitingError();
    }
  }

  private async run(run: Run): Promise<Ran> {
    // A fetch that was under way may still bring one.
    if (!this.isPulling) return { kind: 'handed-back' };
    try {
      return await this.parts.deliver.execute(run);
    } catch (error) {
      this.parts.logger.error({ delivery: run.delivery.id, err: error }, 'a webhook met a defect');
      return { kind: 'postponed', inMs: DEFECT_MS };
    }
  }
}
