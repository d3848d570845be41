import { setTimeout as pause } from 'node:timers/promises';
import type { Response } from 'undici';
import type { CallOutcome } from '../backend.js';
import { BrokenConnection, readPieces, RESPONSE_BYTES_MAX } from './read-body.js';
import { StreamReader, type StreamTelling } from './stream-reader.js';

/** A chunk of OpenAI's with one token has 200 to 350 bytes, and more with log probabilities. */
const CHUNK_BYTES = 1_024;
/** After the last event the response is read to its end, so that its connection can be used again; but no longer. */
const LINGER_MS = 50;

/**
 * Reads a streamed response until its last event. It may be as long as any other, and as the chunks of `max_tokens` are.
 * @throws OversizedResponse; BrokenConnection when `signal` fired, or when nothing had come
 */
export async function readStream(
  response: Response,
  telling: StreamTelling,
  signal: AbortSignal,
): Promise<CallOutcome> {
  const reader = new StreamReader(telling);
  const pieces = readPieces(response, RESPONSE_BYTES_MAX + telling.task.max_tokens * CHUNK_BYTES);
  try {
    // Not `for await`: it would wait for a read that is under way when it is left.
    for (;;) {
      const next = await pieces.next();
      if (next.done === true) return reader.end();
      const outcome = reader.read(next.value);
      if (outcome === null) continue;
      if (outcome.kind === 'completed') await linger(pieces);
      return outcome;
    }
  } catch (error) {
    const cut = signal.aborted || !(error instanceof BrokenConnection) ? null : reader.cut();
    if (cut === null) throw error;
    return cut;
  }
}

async function linger(pieces: AsyncGenerator<string>): Promise<void> {
  const over = new AbortController();
  const drained = (async () => {
    while ((await pieces.next()).done !== true);
  })();
  // The outcome is known: how the response ends changes nothing.
  const ended = drained.catch(() => undefined);
  await Promise.race([ended, pause(LINGER_MS, undefined, { signal: over.signal }).catch(() => undefined)]);
  over.abort();
}
