import { z } from 'zod';
import type { LedgerEntry } from '../client/ledger.js';

const answer = z.looseObject({ secret: z.string() });

/** Each user's secret for the URLs that its jobs name. */
export async function readSecrets(
  entries: readonly LedgerEntry[],
  apis: readonly { readonly url: string }[],
): Promise<Map<string, string>> {
  const users = new Set(entries.filter(({ plan }) => plan.receiver !== null).map(({ plan }) => plan.user));
  const secrets = new Map<string, string>();
  for (const user of users) {
    const response = await fetch(`${apis[0]?.url}/webhooks/secret`, { headers: { 'x-user-id': user } });
    secrets.set(user, answer.parse(await response.json()).secret);
  }
  return secrets;
}
