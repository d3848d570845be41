import type { Metrics } from '#common/observability/metrics.js';
import {
  WEBHOOK_QUEUE_STATES,
  type WebhookQueue,
  type WebhookQueueDepth,
} from '#common/queue/webhook-queue.js';

const UNKNOWN: WebhookQueueDepth = { ready: NaN, delayed: NaN, active: NaN, oldestMs: NaN };

/** Gauges of the queue of deliveries, read from Redis when they are asked for. What it does not answer is NaN. */
export class WebhookGauges {
  constructor(
    private readonly queue: Pick<WebhookQueue, 'depth'>,
    private readonly metrics: Metrics,
  ) {}

  async refresh(): Promise<void> {
    const depth = await this.queue.depth(Date.now()).catch(() => UNKNOWN);
    const gauge = this.metrics.gauge('sluice_webhook_queue_depth');
    for (const state of WEBHOOK_QUEUE_STATES) gauge.set({ state }, depth[state]);
    this.metrics.gauge('sluice_webhook_queue_oldest_seconds').set(depth.oldestMs / 1_000);
  }
}
