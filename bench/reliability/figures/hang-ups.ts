import { setImmediate as turn, setTimeout as pause } from 'node:timers/promises';
import { keys } from '#common/redis/keys.js';
import { call } from '../caller.js';
import { atMostMs, exactly, type Figure, type Finding, told } from '../figure.js';
import { Fleet } from '../fleet.js';
import { ModelBackend, type SeenCall } from '../model-backend.js';
import { greatest, quantile } from '../quantiles.js';
import { certainly, until } from '../until.js';

const CALLERS = 1_000;
const WORKERS = 4;
/** They come one after the other. */
const COME_EVERY_MS = 10;
const RETRY_AFTER_MS = 1_000;
const ABORT_MS_MAX = 1_000;
const NOTHING_LEFT_WITHIN_MS = 15_000;

interface How {
  readonly name: string;
  readonly everyMs: number;
}

const IN_TURN: How = { name: 'in 10 s', everyMs: 10 };
const AT_ONCE: How = { name: 'as fast as they can', everyMs: 0 };

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
async function hangUpAll(hangUps: readonly AbortController[], everyMs: number): Promise<Map<string, number>> {
  const at = new Map<string, number>();
  const began = performance.now();
  for (const [number, controller] of hangUps.entries()) {
    const early = began + number * everyMs - performance.now();
    // The backend is in this process: it must be able to look.
    await (early > 0 ? pause(early) : turn());
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

async function hangUp(fleet: Fleet, backend: ModelBackend, how: How): Promise<Finding[]> {
  backend.calls.length = 0;
  const { hangUps: controllers, answers } = callAll(fleet.url());
  await certainly('all calls to be open', () => (backend.calls.length >= CALLERS ? true : null), {
    withinMs: 60_000,
  });
  const hungUpAt = await hangUpAll(controllers, how.everyMs);
  const tookMs = greatest([...hungUpAt.values()]) - Math.min(...hungUpAt.values());
  const refusals = (await answers).reduce((sum, each) => sum + each, 0);
  const isOver = (): true | null =>
    backend.calls.every(({ abortedAt }) => abortedAt !== null) ? true : null;
  await until(isOver, { withinMs: 30_000 });
  const delays = backend.calls.map((seen) => delayOf(hungUpAt, seen));
  const inTime = delays.filter((ms) => ms <= ABORT_MS_MAX).length;
  return [
    exactly(
      `${how.name}: aborts that the backend saw within 1 s, of ${delays.length} open calls`,
      inTime,
      CALLERS,
    ),
    atMostMs(`${how.name}: the last abort after its hang-up`, greatest(delays), ABORT_MS_MAX),
    told(`${how.name}: it took the callers`, `${(tookMs / 1_000).toFixed(1)} s`),
    told(`${how.name}: the median`, `${Math.round(quantile(delays, 0.5))} ms`),
    told(`${how.name}: callers sent away with 503 while they came`, String(refusals)),
    exactly(`${how.name}: jobs and leases left behind`, await leftOver(fleet), 0),
  ];
}

export const hangUps: Figure = {
  name: 'hang-ups',
  title: '1,000 hang-ups: the backend sees the aborts within 1 s',
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
        return [
          ...(await hangUp(fleet, backend, IN_TURN)),
          ...(await hangUp(fleet, backend, AT_ONCE)),
          exactly('processes that crashed', fleet.crashed.length, 0),
        ];
      } finally {
        await fleet.stop();
      }
    } finally {
      backend.stop();
    }
  },
};
