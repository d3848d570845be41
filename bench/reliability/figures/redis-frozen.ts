import { setTimeout as pause } from 'node:timers/promises';
import { type Answer, byKind, call, type Call } from '../caller.js';
import { atMostMs, exactly, type Figure, type Finding, told } from '../figure.js';
import { Fleet } from '../fleet.js';
import { greatest, quantile } from '../quantiles.js';
import { certainly } from '../until.js';

const FROZEN_MS = 20_000;
const ROUND_EVERY_MS = 100;
const HANG_MS_MAX = 1_000;
const RECOVERY_MS_MAX = 5_000;
/** Callers who wait for a job when Redis freezes, and how long they said they would. */
const WAITING = 20;
const WAIT_MS = 5_000;

const UNKNOWN_JOB = '/jobs/job_01890000-0000-7000-8000-000000000000';

/** One call to each kind of route that needs Redis. */
const round = (): [path: string, call: Call][] => [
  ['/generate', { json: { model: 'sim-fast', prompt: 'x' } }],
  ['/generate', { json: { model: 'sim-fast', prompt: 'x', mode: 'async' } }],
  ['/generate', { json: { model: 'sim-fast', prompt: 'x', stream: true } }],
  ['/v1/chat/completions', { json: { model: 'sim-fast', messages: [{ role: 'user', content: 'x' }] } }],
  [UNKNOWN_JOB, {}],
  ['/jobs', {}],
];

const sendRound = (url: string): Promise<Answer>[] => round().map(([path, what]) => call(url + path, what));

/** Every answer to what was sent while Redis was frozen. */
async function whileFrozen(url: string): Promise<Answer[]> {
  const sent: Promise<Answer>[] = [];
  const frozenAt = performance.now();
  while (performance.now() - frozenAt < FROZEN_MS - HANG_MS_MAX) {
    sent.push(...sendRound(url));
    await pause(ROUND_EVERY_MS);
  }
  const rest = FROZEN_MS - (performance.now() - frozenAt);
  await pause(Math.max(0, rest));
  return Promise.all(sent);
}

const isServed = ({ status }: Answer): boolean => status === 200 || status === 202 || status === 404;

/** Milliseconds until every route served one whole round. */
async function recovery(url: string): Promise<number> {
  const thawedAt = performance.now();
  await certainly(
    'service to be back',
    async () => ((await Promise.all(sendRound(url))).every(isServed) ? true : null),
    { withinMs: 60_000 },
  );
  return performance.now() - thawedAt;
}

const waitingCall = (url: string): Promise<Answer> =>
  call(`${url}/generate`, { json: { model: 'sim-slow', prompt: 'x', timeout_ms: WAIT_MS } });

async function freeze(fleet: Fleet): Promise<Finding[]> {
  const url = fleet.url();
  await Promise.all(Array.from({ length: 20 }, () => sendRound(url)).flat());
  const waiting = Array.from({ length: WAITING }, () => waitingCall(url));
  await pause(500);
  await fleet.redis.freeze();
  const answers = await whileFrozen(url);
  await fleet.redis.thaw();
  const recoveryMs = await recovery(url);
  const held = await Promise.all(waiting);
  const took = answers.map(({ tookMs }) => tookMs);
  return [
    atMostMs(`slowest answer of ${answers.length} while frozen for 20 s`, greatest(took), HANG_MS_MAX),
    told('median, p99', `${Math.round(quantile(took, 0.5))} ms, ${Math.round(quantile(took, 0.99))} ms`),
    exactly('429 among them', answers.filter(({ status }) => status === 429).length, 0),
    exactly('other than 503 among them', answers.filter(({ status }) => status !== 503).length, 0),
    atMostMs('service is back after the thaw', recoveryMs, RECOVERY_MS_MAX),
    atMostMs(
      `${WAITING} callers whose job had been accepted and who wait ${WAIT_MS / 1_000} s: the slowest (${byKind(held)})`,
      greatest(held.map(({ tookMs }) => tookMs)),
      WAIT_MS + HANG_MS_MAX,
    ),
    exactly('processes that crashed', fleet.crashed.length, 0),
  ];
}

export const redisFrozen: Figure = {
  name: 'redis-frozen',
  title: 'Redis frozen for 20 s: no request hangs over 1 s, none gets a false 429, recovery within 5 s',
  async measure({ signal }) {
    const fleet = await Fleet.start({ workers: 2, signal });
    try {
      return await freeze(fleet);
    } finally {
      await fleet.stop();
    }
  },
};
