import type { WebhookEndpoint, WebhookEvent, WebhookTarget } from '#common/contracts/webhook.js';

export interface Receiver {
  /** Null: the job named a URL. */
  readonly endpoint_id: string | null;
  readonly url: string;
}

const receiverOf = ({ id, url }: WebhookEndpoint): Receiver => ({ endpoint_id: id, url });

/**
 * Who is told of a job's end: where the job asked for it, and nobody else; else every enabled endpoint of its tenant that wants
 * the event. An endpoint that a job names is told also when it is disabled: that delivery is dead at once, but can be replayed.
 */
export function receiversOf(
  target: WebhookTarget | null,
  event: WebhookEvent,
  endpoints: readonly WebhookEndpoint[],
): Receiver[] {
  if (target === null) {
    return endpoints
      .filter(({ disabled_because, events }) => disabled_because === null && events.includes(event))
      .map(receiverOf);
  }
  if ('url' in target) return [{ endpoint_id: null, url: target.url }];
  if ('nobody' in target) return [];
  return endpoints.filter(({ id }) => id === target.endpoint_id).map(receiverOf);
}
