import type { EndpointView } from './endpoints.schema.js';
import { endpointOf, type EndpointRow } from './webhook-endpoints.ledger.js';

export const secondsOf = (date: Date | null): number | null =>
  date === null ? null : date.getTime() / 1_000;

/** `failingSince` as Redis has it: Unix ms, or null. */
export function viewEndpoint(row: EndpointRow, failingSince: string | null): EndpointView {
  const { id, url, events, disabled_because } = endpointOf(row);
  return {
    id,
    url,
    events,
    description: row.description,
    disabled_because,
    disabled_at: secondsOf(row.disabledAt),
    failing_since: failingSince === null ? null : Number(failingSince) / 1_000,
    previous_until: secondsOf(row.previousUntil),
    created_at: row.createdAt.getTime() / 1_000,
  };
}
