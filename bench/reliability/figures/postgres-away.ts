import { setTimeout as pause } from 'node:timers/promises';
import { type Answer, byKind, call, jobIdOf } from '../caller.js';
import { atMostMs, exactly, type Figure, type Finding, told } from '../figure.js';
import { Fleet } from '../fleet.js';
import { greatest } from '../quantiles.js';
import { until } from '../until.js';

const AWAY_MS = 60_000;
const ROUND_EVERY_MS = 50;
const ROWS_WITHIN_MS = 60_000;
const ANSWER_MS_MAX = 5_000;

/** A caller with a key and one without, and one that comes back for its job. */
const sendRound = (url: string, key: string): Promise<Answer>[] => [
  call(`${url}/generate`, {
    json: { model: 'sim-instant', prompt: 'x' },
    headers: { authorization: `Bearer ${key}` },
  }),
  call(`${url}/generate`, { json: { model: 'sim-instant', prompt: 'x' } }),
  call(`${url}/generate`, { json: { model: 'sim-instant', prompt: 'x', mode: 'async' } }),
];

async function requestsFor(ms: number, url: string, key: string): Promise<Answer[]> {
  const sent: Promise<Answer>[] = [];
  const began = performance.now();
  while (performance.now() - began < ms) {
    sent.push(...sendRound(url, key));
    await pause(ROUND_EVERY_MS);
  }
  return Promise.all(sent);
}

const rowsOf = async (fleet: Fleet, ids: readonly string[]): Promise<number> =>
  (await fleet.query('SELECT job_id FROM request_metrics WHERE job_id = ANY($1)', [ids]))?.length ?? 0;

async function stopPostgres(fleet: Fleet): Promise<Finding[]> {
  const key = await fleet.createKey('premium', 'postgres-away');
  const before = await requestsFor(2_000, fleet.url(), key);
  await fleet.postgres.kill();
  const away = await requestsFor(AWAY_MS, fleet.url(), key);
  await fleet.postgres.restart();
  const backAt = performance.now();
  const ids = [...before, ...away].map(jobIdOf).filter((id) => id !== '');
  await until(async () => ((await rowsOf(fleet, ids)) === ids.length ? true : null), {
    withinMs: ROWS_WITHIN_MS,
    everyMs: 250,
  });
  const tookMs = performance.now() - backAt;
  const found = await rowsOf(fleet, ids);
  const served = away.filter(({ status }) => status === 200 || status === 202).length;
  const all = (await fleet.query('SELECT job_id FROM request_metrics'))?.length ?? 0;
  return [
    exactly('requests served while it was away for 60 s', served, away.length),
    told('answers', byKind(away)),
    atMostMs('the slowest of them', greatest(away.map((answer) => answer.tookMs)), ANSWER_MS_MAX),
    exactly('rows lost', new Set(ids).size - found, 0),
    exactly('rows too many', all - found, 0),
    told('every row was there after it was back', `${(tookMs / 1_000).toFixed(1)} s`),
    exactly('processes that crashed', fleet.crashed.length, 0),
  ];
}

export const postgresAway: Figure = {
  name: 'postgres-away',
  title: 'PostgreSQL away for 60 s: every request served, no row lost',
  async measure({ signal }) {
    const fleet = await Fleet.start({ signal });
    try {
      return await stopPostgres(fleet);
    } finally {
      await fleet.stop();
    }
  },
};
