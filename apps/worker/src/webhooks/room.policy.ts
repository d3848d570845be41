/** Deliveries that may be pending for one tenant. Their bodies are in Redis until they are delivered or dead: in all of Redis. */
export const PENDING_MAX = 10_000;
/** Beyond so many, bodies go without results, which are the large part of them. */
export const PENDING_WITH_RESULTS_MAX = 1_000;

/** What a tenant's next delivery may take: its whole body, one without the result, or no place in the queue. */
export type Room = 'whole' | 'without-result' | 'none';

/** Null: nobody knows how many are pending. Then nobody is refused. */
export function roomFor(pending: number | null): Room {
  if (pending === null || pending < PENDING_WITH_RESULTS_MAX) return 'whole';
  return pending < PENDING_MAX ? 'without-result' : 'none';
}
