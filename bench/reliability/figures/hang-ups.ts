import { setTimeout as pause } from 'node:timers/promises';
import { keys } from '#common/redis/keys.js';
import { call } from '../caller.js';
import { atMost, atMostMs, exactly, type Figure, type Finding, told } from '../figure.js';
import { Fleet } from '../fleet.js';
import { ModelBackend, type SeenCall } from '../model-backend.js';
import { greatest, quantile } from '../quantiles.js';
import { certainly, until } from '../until.js';

const CALLERS = 1_000;
const WORKERS = 4;
/** They come one after the other, and hang up together. */
const COME_EVERY_MS = 10;
const RETRY_AFTER_MS = 1_000;
const ABORT_MS_MAX = 1_000;
const NOTHING_LEFT_WITHIN_MS = 15_000;

interface Callers {
  readonly hangUps: readonly AbortController[];
  readonly answers: Promise<number[]>;
}

/** Calls until its call is open, as a client that heeds 503 does; answers how often it was sent away. */
async function callAgain(url: string, number: number, signal: AbortSignal): Promise<number> {
  await pause(number * COME_EVERY_MS);
  for (let refusals = 0; ; refusals += 1) {
    const { status } = await call(`${url}/generate`, {
      json: { model: 'bench', prompt: `caller-${number}`, stream: number % 2 === 0, timeout_ms: 120_000 },
      signal,
    });
    if (status !== 503) return refusals;
    await pause(RETRY_AFTER_MS);
  }
}

/** Half of them streamed, half waiting for one answer; each has a prompt of its own. */
function callAll(url: string): Callers {
  const hangUps = Array.from({ length: CALLERS }, () => new AbortController());
  const answers = hangUps.map(({ signal }, number) => callAgain(url, number, signal));
  return { hangUps, answers: Promise.all(answers) };
}

/** When each caller hung up, by its prompt. */
function hangUpAll(hangUps: readonly AbortController[]): Map<string, number> {
  const at = new Map<string, number>();
  for (const [number, controller] of hangUps.entries()) {
    at.set(`caller-${number}`, performance.now());
    controller.abort();
  }
  return at;
}

const delayOf = (hungUpAt: ReadonlyMap<string, number>, { prompt, abortedAt }: SeenCall): number =>
  abortedAt === null ? Number.POSITIVE_INFINITY : abortedAt - (hungUpAt.get(prompt) ?? Number.NaN);

async function leftOver(fleet: Fleet): Promise<number> {
  const redis = fleet.look();
  const count = async (): Promise<number> => {
    const [unsettled, queued, leases] = await Promise.all([
      redis.zcard(keys.unsettled),
      redis.zcard(keys.poolQueued('default')),
      redis.keys('{sluice}:tenant:*:in-flight'),
    ]);
    return unsettled + queued + leases.length;
  };
  try {
    await until(async () => ((await count()) === 0 ? true : null), { withinMs: NOTHING_LEFT_WITHIN_MS });
    return await count();
  } finally {
    redis.disconnect();
  }
}

async function hangUp(fleet: Fleet, backend: ModelBackend): Promise<Finding[]> {
  const { hangUps, answers } = callAll(fleet.url());
  await certainly('all calls to be open', () => (backend.calls.length >= CALLERS ? true : null), {
    withinMs: 60_000,
  });
  const hungUpAt = hangUpAll(hangUps);
  const refusals = await answers;
  const isOver = (): true | null =>
    backend.calls.every(({ abortedAt }) => abortedAt !== null) ? true : null;
  await until(isOver, { withinMs: 30_000 });
  const delays = backend.calls.map((seen) => delayOf(hungUpAt, seen));
  const inTime = delays.filter((ms) => ms <= ABORT_MS_MAX).length;
  return [
    exactly('calls open when all hung up', delays.length, CALLERS),
    exactly('aborts that the backend saw within 1 s', inTime, CALLERS),
    atMostMs('the last abort after its hang-up', greatest(delays), ABORT_MS_MAX),
    told('the median', `${Math.round(quantile(delays, 0.5))} ms`),
    told('refused with 503 while they came', String(refusals.reduce((sum, each) => sum + each, 0))),
    exactly('jobs and leases left behind', await leftOver(fleet), 0),
    atMost('processes that crashed', fleet.crashed.length, 0),
  ];
}

export const hangUps: Figure = {
  name: 'hang-ups',
  title: '1,000 callers hang up at once: the backend sees the aborts within 1 s',
  async measure({ signal }) {
    const backend = await ModelBackend.start(null);
    try {
      const fleet = await Fleet.start({
        workers: WORKERS,
        env: { WORKER_SLOTS: String(Math.ceil(CALLERS / WORKERS)) },
        config: { tiers: { anonymous: {} }, backends: [backend.config(CALLERS)] },
        signal,
      });
      try {
        return await hangUp(fleet, backend);
      } finally {
        await fleet.stop();
      }
    } finally {
      backend.stop();
    }
  },
};
