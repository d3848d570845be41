import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import type { Redis } from 'ioredis';
import pg from 'pg';
import { z } from 'zod';
import { acknowledged, type LedgerEntry } from '../client/ledger.js';
import type { Leftover, Row, SeenJob } from './evidence.js';
import { readLeftovers } from './redis-look.js';

const EVERY_MS = 500;
const READERS = 8;
const TRIES_MAX = 40;
/** Of an error the status is a number. */
const seenJob = z.looseObject({
  status: z.union([z.string(), z.number()]),
  result: z.looseObject({ response: z.string() }).optional(),
});
const DEFECT = /met a defect|"level":(50|60)\b|"level":"(error|fatal)"/;

/** Of a job whose workers were killed three times: as it should be. */
const DEAD_JOB = 'a job ended its worker three times and is dead';

/** Waits until nothing is held and nothing owed; answers what still is when the time is over. */
export async function untilSettled(
  redis: Redis,
  { withinMs, hasWebhooks }: { readonly withinMs: number; readonly hasWebhooks: boolean },
): Promise<Leftover[]> {
  const deadline = performance.now() + withinMs;
  for (;;) {
    const left = await readLeftovers(redis, hasWebhooks);
    if (left.length === 0 || performance.now() > deadline) return left;
    await pause(EVERY_MS);
  }
}

export async function readRows(databaseUrl: string): Promise<Row[]> {
  const client = new pg.Client({ connectionString: databaseUrl });
  await client.connect();
  try {
    const { rows } = await client.query<Row>('select job_id as "jobId", status from request_metrics');
    return rows;
  } finally {
    await client.end();
  }
}

/** What each caller sees of the jobs it was told of. */
export async function readSeen(
  entries: readonly LedgerEntry[],
  apis: readonly { readonly url: string }[],
): Promise<Map<string, SeenJob>> {
  const seen = new Map<string, SeenJob>();
  const wanted = entries.flatMap(({ plan, sendings }) => {
    const ids = new Set(sendings.flatMap(({ told }) => acknowledged(told) ?? []));
    return [...ids].map((id) => ({ id, user: plan.user, url: apis[plan.number % apis.length]?.url ?? '' }));
  });
  const reader = async (): Promise<void> => {
    for (let next = wanted.pop(); next !== undefined; next = wanted.pop()) {
      seen.set(next.id, await readJob(next));
    }
  };
  await Promise.all(Array.from({ length: READERS }, reader));
  return seen;
}

/** A machine that is starved of processor time may still refuse for a moment. */
async function readJob({ id, user, url }: { id: string; user: string; url: string }): Promise<SeenJob> {
  for (let tries = 1; ; tries++) {
    const response = await fetch(`${url}/jobs/${id}`, { headers: { 'x-user-id': user } });
    const { status, result } = seenJob.parse(await response.json());
    if (response.status < 500 || tries === TRIES_MAX)
      return { id, httpStatus: response.status, status: String(status), text: result?.response ?? null };
    await pause(EVERY_MS);
  }
}

/** The lines of the processes' logs that tell of something that somebody must look at. */
export function readDefects(home: string): string[] {
  return readdirSync(home)
    .filter((name) => name.endsWith('.log'))
    .flatMap((name) =>
      readFileSync(path.join(home, name), 'utf8')
        .split('\n')
        .filter((line) => DEFECT.test(line) && !line.includes(DEAD_JOB))
        .map((line) => `${name}: ${line.slice(0, 600)}`),
    );
}
