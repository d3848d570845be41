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
const seenJob = z.looseObject({
  status: z.string().default(''),
  result: z.looseObject({ response: z.string() }).optional(),
});
const DEFECT = /met a defect|"level":(50|60)\b|"level":"(error|fatal)"/;

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
      const response = await fetch(`${next.url}/jobs/${next.id}`, { headers: { 'x-user-id': next.user } });
      const { status, result } = seenJob.parse(await response.json());
      seen.set(next.id, { id: next.id, httpStatus: response.status, status, text: result?.response ?? null });
    }
  };
  await Promise.all(Array.from({ length: READERS }, reader));
  return seen;
}

/** The lines of the processes' logs that tell of something that somebody must look at. */
export function readDefects(home: string): string[] {
  return readdirSync(home)
    .filter((name) => name.endsWith('.log'))
    .flatMap((name) =>
      readFileSync(path.join(home, name), 'utf8')
        .split('\n')
        .filter((line) => DEFECT.test(line))
        .map((line) => `${name}: ${line.slice(0, 600)}`),
    );
}
