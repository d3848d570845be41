import type { WebhookDelivery } from '#common/contracts/webhook.js';
import { traced } from '#common/observability/tracing.js';
import type { Sent } from './sent.policy.js';

/**
 * The client span of one attempt of one delivery, under the request that made its job. Where it goes is its caller's text and is
 * not in it; nor is it told to the receiver.
 */
export function tracedSending(
  { delivery, number }: { readonly delivery: WebhookDelivery; readonly number: number },
  send: () => Promise<Sent | null>,
): Promise<Sent | null> {
  const { id, job_id, event, round, trace } = delivery;
  const attributes = {
    'http.request.method': 'POST',
    'sluice.webhook.id': id,
    'sluice.webhook.event': event,
    'sluice.webhook.attempt': number,
    'sluice.webhook.round': round,
    'sluice.job.id': job_id,
  };
  return traced({ name: 'POST webhook', kind: 'client', attributes, parent: trace ?? null }, async (span) => {
    const sent = await send();
    if (sent === null) span.set({ 'sluice.hung_up': true });
    else if (sent.kind === 'unanswered') span.failed('unanswered');
    else {
      span.set({ 'http.response.status_code': sent.status });
      if (sent.status >= 400) span.failed(String(sent.status));
    }
    return sent;
  });
}
