import { createHmac } from 'node:crypto';
import type { WebhookSecret } from '#common/contracts/webhook.js';

export interface Signed {
  readonly id: string;
  /** Unix seconds. */
  readonly timestamp: number;
  readonly body: string;
}

const PREFIX = 'whsec_';

/**
 * The header `webhook-signature` of Standard Webhooks 1.0: HMAC-SHA-256 over `id.timestamp.body`, once for each secret that is
 * valid at `nowMs` (Unix milliseconds), separated by spaces.
 */
export function signatureOf({ id, timestamp, body }: Signed, secret: WebhookSecret, nowMs: number): string {
  return secretsAt(secret, nowMs)
    .map((text) => {
      const key = Buffer.from(text.replace(PREFIX, ''), 'base64');
      return `v1,${createHmac('sha256', key).update(`${id}.${timestamp}.${body}`).digest('base64')}`;
    })
    .join(' ');
}

function secretsAt({ secret, previous_secret, previous_until_ms }: WebhookSecret, nowMs: number): string[] {
  const isBoth = previous_secret !== null && previous_until_ms !== null && nowMs < previous_until_ms;
  return isBoth ? [secret, previous_secret] : [secret];
}
