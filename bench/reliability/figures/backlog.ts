import type { Redis } from 'ioredis';
import { z } from 'zod';
import { queueName } from '#common/queue/generation-queue.js';
import { KEY_PREFIX } from '#common/redis/keys.js';
import { type Answer, byKind, call, jobIdOf } from '../caller.js';
import { atMost, exactly, type Figure, type Finding, told } from '../figure.js';
import { Fleet } from '../fleet.js';
import { ModelBackend } from '../model-backend.js';
import { greatest, quantile } from '../quantiles.js';
import { certainly } from '../until.js';

const BACKLOG = 10_000;
const SENDERS = 50;
const SLOTS = 4;
const SERVICE_MS = 100;
const NEWCOMERS = 50;
/** A round is one job of each tenant that waits: here the one with the backlog. */
const ROUND = 1;
const FLOODER = 'flooder';
/** Late enough for all of them: who would wait past its deadline is refused. */
const DEADLINE_MS = 24 * 3_600_000;

const QUEUE = `${KEY_PREFIX}:${queueName('default')}`;
const begun = z.object({ queue_wait_ms: z.number() });

/** Sends until so many were accepted, and answers whatever else was said meanwhile. */
async function flood(url: string): Promise<Answer[]> {
  let left = BACKLOG;
  const refusals: Answer[] = [];
  const sendOn = async (): Promise<void> => {
    while (left > 0 && refusals.length < BACKLOG) {
      left -= 1;
      const answer = await call(`${url}/generate`, {
        json: { model: 'bench', prompt: FLOODER, mode: 'async', timeout_ms: DEADLINE_MS },
        headers: { 'x-user-id': FLOODER },
      });
      if (answer.status === 202) continue;
      left += 1;
      refusals.push(answer);
    }
  };
  await Promise.all(Array.from({ length: SENDERS }, sendOn));
  return refusals;
}

/** The order in which the queue took jobs in and gave them out, as Redis itself had it. */
class QueueWatch {
  private readonly places: string[] = [];

  private constructor(private readonly monitor: Redis) {
    monitor.on('monitor', (_time: string, [command = '', key = '', ...rest]: string[]) => {
      const id = rest.at(-1) ?? '';
      if (command === 'ZADD' && key === `${QUEUE}:prioritized`) this.places.push(`in ${id}`);
      if (command === 'LPUSH' && key === `${QUEUE}:active`) this.places.push(`out ${id}`);
    });
  }

  static async start(redis: Redis): Promise<QueueWatch> {
    return new QueueWatch(await redis.monitor());
  }

  /** How many jobs were given out between this one’s coming and going; null while it has not gone. */
  between(id: string): number | null {
    const went = this.places.indexOf(`out ${id}`);
    if (went === -1) return null;
    const came = this.places.indexOf(`in ${id}`);
    return this.places.slice(came, went).filter((place) => place.startsWith('out ')).length;
  }

  stop(): void {
    this.monitor.disconnect();
  }
}

interface Newcomer {
  readonly overtakenBy: number;
  readonly waitMs: number;
}

async function come(fleet: Fleet, watch: QueueWatch, number: number): Promise<Newcomer> {
  const headers = { 'x-user-id': `newcomer-${number}` };
  const json = { model: 'bench', prompt: 'first', mode: 'async' };
  const id = jobIdOf(await call(`${fleet.url()}/generate`, { json, headers }));
  const overtakenBy = await certainly(`job ${id} to begin`, () => watch.between(id), { withinMs: 60_000 });
  const { queue_wait_ms } = await certainly(
    'its record to say so',
    async () => begun.safeParse((await call(`${fleet.url()}/jobs/${id}`, { headers })).body).data ?? null,
    { withinMs: 5_000 },
  );
  return { overtakenBy, waitMs: queue_wait_ms };
}

async function measureBacklog(fleet: Fleet, redis: Redis): Promise<Finding[]> {
  const refusals = await flood(fleet.url());
  const queued = await redis.zcard(`${QUEUE}:prioritized`);
  const watch = await QueueWatch.start(redis);
  const newcomers: Newcomer[] = [];
  for (let number = 0; number < NEWCOMERS; number += 1) newcomers.push(await come(fleet, watch, number));
  watch.stop();
  const overtaken = newcomers.map(({ overtakenBy }) => overtakenBy);
  const waits = newcomers.map(({ waitMs }) => waitMs);
  return [
    told(
      `of one tenant’s ${BACKLOG} accepted jobs waited when the first newcomer came`,
      `${queued}${refusals.length === 0 ? '' : ` (also answered: ${byKind(refusals)})`}`,
    ),
    atMost(
      `its jobs that the queue gave out before a newcomer’s first, of ${NEWCOMERS} newcomers the most`,
      greatest(overtaken),
      ROUND,
    ),
    told(
      `wait of the newcomers’ first jobs, one slot free every ${SERVICE_MS / SLOTS} ms`,
      `p50 ${Math.round(quantile(waits, 0.5))} ms, most ${Math.round(greatest(waits))} ms`,
    ),
    exactly('processes that crashed', fleet.crashed.length, 0),
  ];
}

export const backlog: Figure = {
  name: 'backlog',
  title: 'A tenant’s 10,000 queued jobs delay another’s first job by at most one round',
  async measure({ signal }) {
    const backend = await ModelBackend.start(SERVICE_MS);
    const fleet = await Fleet.start({
      env: { WORKER_SLOTS: String(SLOTS) },
      config: { tiers: { anonymous: {} }, backends: [backend.config(100)] },
      signal,
    });
    const redis = fleet.look();
    try {
      return await measureBacklog(fleet, redis);
    } finally {
      redis.disconnect();
      await fleet.stop();
      backend.stop();
    }
  },
};
