import { Refusal } from '#common/errors/refusal.js';
import { onDatabase } from '../http/database-trouble.js';

/**
 * Asks what keeps webhooks in PostgreSQL; `ledger` is null without it.
 * @throws Refusal dependency_unavailable when PostgreSQL is away or not configured.
 */
export async function askWebhooks<L, T>(ledger: L | null, question: (ledger: L) => Promise<T>): Promise<T> {
  if (ledger === null) {
    throw new Refusal('dependency_unavailable', {
      message: 'Webhooks are kept in PostgreSQL: start the API with DATABASE_URL.',
    });
  }
  return onDatabase(question(ledger));
}
