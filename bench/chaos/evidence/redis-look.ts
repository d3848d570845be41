import type { Redis } from 'ioredis';
import { z } from 'zod';
import { KEY_PREFIX, keys } from '#common/redis/keys.js';
import { queueName } from '#common/queue/generation-queue.js';
import type { Leftover, StoredJob } from './evidence.js';

const FIELDS = ['status', 'request_id', 'deliveries', 'outcome', 'webhook'] as const;
const SCAN_COUNT = 1_000;

const outcome = z.looseObject({
  attempts: z.number().default(0),
  text: z.string().optional(),
  error_code: z.string().optional(),
});
const groups = z.array(z.array(z.union([z.string(), z.number(), z.null()])));

async function scan(redis: Redis, pattern: string): Promise<string[]> {
  const found = new Set<string>();
  let cursor = '0';
  do {
    const [next, page] = await redis.scan(cursor, 'MATCH', pattern, 'COUNT', SCAN_COUNT);
    for (const key of page) found.add(key);
    cursor = next;
  } while (cursor !== '0');
  return [...found];
}

/** SCAN takes braces and stars as they are, but not brackets; ours have none. */
const matching = (...parts: string[]): string => [KEY_PREFIX, ...parts].join(':');

/** Every job that Redis knows, whoever was told of it. */
export async function readJobs(redis: Redis): Promise<StoredJob[]> {
  const names = (await scan(redis, matching('job', 'job_*'))).filter((name) => !name.endsWith(':stream'));
  const jobs: StoredJob[] = [];
  for (let at = 0; at < names.length; at += SCAN_COUNT) {
    const page = names.slice(at, at + SCAN_COUNT);
    const pipeline = redis.pipeline();
    for (const name of page) pipeline.hmget(name, ...FIELDS);
    for (const [index, [error, fields]] of ((await pipeline.exec()) ?? []).entries()) {
      if (error !== null) throw error;
      jobs.push(
        jobOf(page[index]?.slice(keys.job('').length) ?? '', z.array(z.string().nullable()).parse(fields)),
      );
    }
  }
  return jobs;
}

function jobOf(
  id: string,
  [status, marker, deliveries, ended, webhook]: readonly (string | null | undefined)[],
): StoredJob {
  const parsed = outcome.parse(JSON.parse(ended ?? '{}'));
  return {
    id,
    status: status ?? '',
    marker: marker ?? '',
    deliveries: Number(deliveries ?? 0),
    attempts: parsed.attempts,
    text: parsed.text ?? null,
    errorCode: parsed.error_code ?? null,
    hasWebhook: webhook !== null && webhook !== undefined && webhook !== '',
  };
}

/** What is held; empty when nothing is. */
export async function readLeftovers(redis: Redis, hasWebhooks: boolean): Promise<Leftover[]> {
  const sorted = [
    keys.unsettled,
    ...(await scan(redis, matching('tenant', '*', 'in-flight'))),
    ...(await scan(redis, matching('tenant', '*', 'queued'))),
    ...(await scan(redis, matching('pool', '*', 'queued'))),
  ];
  const found: Leftover[] = [];
  for (const name of sorted) found.push({ name, count: await redis.zcard(name) });
  found.push(...(await queueLeftovers(redis, queueName('default'))));
  if (hasWebhooks) found.push(...(await queueLeftovers(redis, 'webhooks')));
  found.push(...(await streamLeftovers(redis, keys.events)));
  found.push({ name: keys.rejectedEvents, count: await redis.xlen(keys.rejectedEvents) });
  if (hasWebhooks) found.push(...(await streamLeftovers(redis, keys.webhookLog)));
  return found.filter(({ count }) => count > 0);
}

async function queueLeftovers(redis: Redis, queue: string): Promise<Leftover[]> {
  const name = (state: string): string => matching(queue, state);
  return [
    { name: name('wait'), count: await redis.llen(name('wait')) },
    { name: name('active'), count: await redis.llen(name('active')) },
    { name: name('prioritized'), count: await redis.zcard(name('prioritized')) },
    { name: name('delayed'), count: await redis.zcard(name('delayed')) },
  ];
}

/** Entries that a group was not given yet, or has not acknowledged. */
async function streamLeftovers(redis: Redis, stream: string): Promise<Leftover[]> {
  if ((await redis.exists(stream)) === 0) return [];
  const found = groups.parse(await redis.xinfo('GROUPS', stream));
  return Promise.all(
    found.map(async (group) => {
      const fieldOf = (name: string): string => String(group[group.indexOf(name) + 1] ?? '');
      // Over a crash Redis forgets how many entries a group has read: its own `lag` is then wrong.
      const unread = await redis.xrange(stream, `(${fieldOf('last-delivered-id')}`, '+');
      return {
        name: `${stream}, owed to ${fieldOf('name')}`,
        count: unread.length + Number(fieldOf('pending')),
      };
    }),
  );
}
