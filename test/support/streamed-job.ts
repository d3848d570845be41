import type { StreamEvent } from '../../apps/api/src/streaming/stream-event.js';
import { entryOf } from '../../libs/common/src/contracts/job-stream.js';

/** The record of a streamed job that runs. */
export function streamedRecord(changes: Record<string, string | number>): Record<string, string | number> {
  const now = Date.now();
  return {
    status: 'running',
    tenant: 't',
    client_id: 'user:t',
    request_id: 'req_1',
    pool: 'default',
    model: 'sim-fast',
    priority: 'normal',
    streamed: '1',
    created_ms: now,
    deadline_ms: now + 600_000,
    ...changes,
  };
}

/** The pieces that a follower was told: `!` for a restart, the entry and the text. */
export const piecesOf = (told: readonly StreamEvent[]): string[] =>
  told.flatMap((event) =>
    event.kind === 'pieces' ? [`${event.isRestart ? '!' : ''}${entryOf(event)}:${event.text}`] : [],
  );

/** What a follower was told of, in order. */
export const kindsOf = (told: readonly StreamEvent[]): string[] =>
  told.map((event) => (event.kind === 'status' ? event.status : event.kind));
