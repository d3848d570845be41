import type { WebhookEndpoint, WebhookSecret } from '#common/contracts/webhook.js';

const versionOf = ({ version }: Pick<WebhookSecret, 'version'>): number => version ?? 0;

/** What Redis keeps of an endpoint that is told to it; null when what it holds is as late. */
export function laterEndpoint(held: WebhookEndpoint | null, told: WebhookEndpoint): WebhookEndpoint | null {
  if (held === null) return told;
  if (versionOf(told) === versionOf(held)) {
    // A mark of a worker, or the row that has learnt of it: nothing but a later version takes it back.
    return told.disabled_because !== null && held.disabled_because === null ? told : null;
  }
  if (versionOf(told) < versionOf(held)) return null;
  // A worker's mark is here before it is in PostgreSQL.
  const isStillHeld = told.disabled_because === null && versionOf(held) >= (told.enabled_version ?? 0);
  return isStillHeld ? { ...told, disabled_because: held.disabled_because } : told;
}

/** As for endpoints, for a tenant's default secret. */
export function laterSecret(held: WebhookSecret | null, told: WebhookSecret): WebhookSecret | null {
  return held !== null && versionOf(told) <= versionOf(held) ? null : told;
}
