import type { WebhookDelivery } from '#common/contracts/webhook.js';
import type { Logger } from '#common/observability/logger.js';
import type { Metrics } from '#common/observability/metrics.js';
import type { Destination, Destinations } from './destinations.js';
import type { EndpointHealth } from './endpoint-health.js';
import type { Lanes } from './lanes.js';
import { WEBHOOK_STEPS_MS } from './schedule.policy.js';
import { judgeSent, type Sent, type Verdict } from './sent.policy.js';
import type { WebhookLog } from './webhook-log.js';
import type { WebhookSender } from './webhook-sender.js';
import { tracedSending } from './sending-span.js';

/** While nothing can sign for a delivery it comes back so often, in milliseconds. */
const UNSIGNED_MS = 5_000;

export interface DeliverWebhookParts {
  readonly destinations: Destinations;
  readonly sender: WebhookSender;
  readonly lanes: Lanes;
  readonly health: EndpointHealth;
  readonly log: WebhookLog;
  readonly metrics: Metrics;
  readonly logger: Logger;
  readonly stepsMs?: readonly number[];
}

/** What becomes of a delivery after one run. `postponed` and `handed-back` are no attempts. */
export type Ran =
  | { readonly kind: 'delivered' }
  | { readonly kind: 'failed'; readonly because: string; readonly delayMs: number }
  | { readonly kind: 'dead'; readonly because: string }
  | { readonly kind: 'postponed'; readonly inMs: number }
  | { readonly kind: 'handed-back' };

export interface Run {
  readonly delivery: WebhookDelivery;
  /** 1 for the first attempt of a round. */
  readonly number: number;
  readonly stopping: AbortSignal;
}

/**
 * Makes one attempt of one delivery. The attempt is in the log before the queue knows of it: whoever vanishes between the two
 * repeats the attempt under the same `webhook-id`.
 */
export class DeliverWebhook {
  constructor(private readonly parts: DeliverWebhookParts) {}

  async execute(run: Run): Promise<Ran> {
    const { delivery } = run;
    const lane = this.parts.lanes.enter(delivery.tenant, receiverName(delivery));
    if (lane.kind === 'full') return this.counted({ kind: 'postponed', inMs: lane.inMs });
    try {
      return this.counted(await this.attempt(run));
    } finally {
      lane.leave();
    }
  }

  private async attempt(run: Run): Promise<Ran> {
    const destination = await this.parts.destinations.of(run.delivery);
    if (destination.kind === 'unknown') return { kind: 'postponed', inMs: UNSIGNED_MS };
    if (destination.kind === 'none') return this.giveUp(run, destination.because);
    return this.send(run, destination);
  }

  private async send(run: Run, destination: Extract<Destination, { kind: 'known' }>): Promise<Ran> {
    const { sender, health, stepsMs = WEBHOOK_STEPS_MS } = this.parts;
    const { id, body, tenant } = run.delivery;
    const { url, secret, endpoint } = destination;
    const [atMs, began] = [Date.now(), performance.now()];
    const letter = { id, url, body, secret };
    const sent = await tracedSending(run, () => sender.send(letter, run.stopping));
    if (sent === null) return { kind: 'handed-back' };
    const latencyMs = performance.now() - began;
    const verdict = judgeSent(sent, { number: run.number, dice: Math.random(), stepsMs });
    if (endpoint !== null) {
      if (verdict.isGone) await health.disable(tenant, endpoint, 'gone');
      else if (verdict.status === 'delivered') await health.succeeded(endpoint);
      else await health.failed(tenant, endpoint);
    }
    await this.tell(run, { sent, verdict, atMs, latencyMs });
    return ranOf(verdict);
  }

  private async giveUp(run: Run, because: string): Promise<Ran> {
    const sent: Sent = { kind: 'unanswered', because };
    const verdict: Verdict = { status: 'dead', error: because, delayMs: null, isGone: false };
    await this.tell(run, { sent, verdict, atMs: Date.now(), latencyMs: 0 });
    return ranOf(verdict);
  }

  private async tell(
    { delivery, number }: Run,
    { sent, verdict, atMs, latencyMs }: Attempted,
  ): Promise<void> {
    await this.parts.log.append([
      {
        kind: 'attempt',
        delivery_id: delivery.id,
        round: delivery.round,
        number,
        at_ms: atMs,
        latency_ms: latencyMs,
        response_status: sent.kind === 'answered' ? sent.status : null,
        error: verdict.error,
        answer: sent.kind === 'answered' ? sent.answer : null,
        status: verdict.status,
        next_attempt_ms: verdict.delayMs === null ? null : Date.now() + verdict.delayMs,
      },
    ]);
    if (verdict.status === 'delivered' && delivery.round === 0) {
      const seconds = (Date.now() - delivery.created_ms) / 1_000;
      this.parts.metrics.histogram('sluice_webhook_delivery_seconds').observe(Math.max(0, seconds));
    }
  }

  private counted(ran: Ran): Ran {
    this.parts.metrics.counter('sluice_webhook_attempts_total').inc({ result: ran.kind });
    if (ran.kind === 'dead') this.parts.logger.info({ because: ran.because }, 'a webhook is dead');
    return ran;
  }
}

interface Attempted {
  readonly sent: Sent;
  readonly verdict: Verdict;
  readonly atMs: number;
  readonly latencyMs: number;
}

/** URLs that jobs name are one receiver when they lead to one host. */
const receiverName = ({ endpoint_id, url }: WebhookDelivery): string =>
  endpoint_id ?? (URL.canParse(url) ? new URL(url).host : url);

function ranOf({ status, error, delayMs }: Verdict): Ran {
  if (status === 'delivered') return { kind: 'delivered' };
  const because = error ?? '';
  return delayMs === null ? { kind: 'dead', because } : { kind: 'failed', because, delayMs };
}
