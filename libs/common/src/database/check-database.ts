import { setTimeout as pause } from 'node:timers/promises';
import pg from 'pg';
import { maskUrl } from '#common/config/mask.js';
import { BootError } from '#common/errors/boot-error.js';

const ATTEMPT_MS_MAX = 3_000;
const PAUSE_MS = 200;
/** Waiting does not help: wrong password, not allowed, no such database. */
const HOPELESS = new Set(['28P01', '28000', '3D000']);

/**
 * Waits until PostgreSQL answers.
 * @throws BootError with one sentence that says what to do.
 */
export async function checkDatabase(url: string, withinMs: number): Promise<void> {
  const deadline = performance.now() + withinMs;
  for (;;) {
    const trouble = await askOnce(url, Math.max(1, Math.min(ATTEMPT_MS_MAX, deadline - performance.now())));
    if (trouble === null) return;
    if (trouble.isHopeless || performance.now() + PAUSE_MS > deadline) {
      throw new BootError(
        `PostgreSQL at ${maskUrl(url)} cannot be used (${trouble.because}): start it, or correct DATABASE_URL.`,
      );
    }
    await pause(PAUSE_MS);
  }
}

interface Trouble {
  readonly because: string;
  readonly isHopeless: boolean;
}

async function askOnce(url: string, withinMs: number): Promise<Trouble | null> {
  const client = new pg.Client({
    connectionString: url,
    connectionTimeoutMillis: withinMs,
    query_timeout: withinMs,
  });
  client.on('error', () => undefined);
  try {
    await client.connect();
    await client.query('SELECT 1');
    return null;
  } catch (error) {
    return describe(error);
  } finally {
    // Nothing waits for the goodbye: a frozen server would never answer it.
    void client.end().catch(() => undefined);
  }
}

function describe(error: unknown): Trouble {
  if (error instanceof pg.DatabaseError) {
    return { because: error.message, isHopeless: HOPELESS.has(error.code ?? '') };
  }
  // A name with several addresses fails with one error for each and no message of its own.
  const first: unknown = error instanceof AggregateError ? error.errors[0] : error;
  return { because: first instanceof Error ? first.message : String(first), isHopeless: false };
}
