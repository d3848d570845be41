import type { Moment } from './decide-otherwise.js';

/** A pool that was not heard of for longer had no scaler. */
const SILENCE_MS_MAX = 60_000;
const HOUR_MS = 3_600_000;

interface Sums {
  readonly workerHours: number;
  /** How often the number changed. */
  readonly actions: number;
}

const table = (heads: readonly string[], rows: readonly (readonly string[])[]): string => {
  const line = (cells: readonly string[]): string => `| ${cells.join(' | ')} |`;
  return [line(heads), line(heads.map(() => '---')), ...rows.map(line)].join('\n');
};

/** For each pool: every moment at which one of the two numbers changed, then what both come to. */
export function otherwiseTables(moments: readonly Moment[]): string {
  const pools = [...new Set(moments.map(({ pool }) => pool))];
  return pools
    .map((pool) =>
      poolTables(
        pool,
        moments.filter((moment) => moment.pool === pool),
      ),
    )
    .join('\n\n');
}

function poolTables(pool: string, moments: readonly Moment[]): string {
  const changes = moments.filter(({ then, now }, at) => {
    const before = moments[at - 1];
    return then !== before?.then || now !== before.now;
  });
  const rows = changes.map(({ at_ms, then, now }) => [
    new Date(at_ms).toISOString(),
    String(then),
    String(now),
  ]);
  const [then, now] = [sumsOf(moments, 'then'), sumsOf(moments, 'now')];
  const sums = [
    ['worker-hours', then.workerHours.toFixed(2), now.workerHours.toFixed(2)],
    ['actions', String(then.actions), String(now.actions)],
  ];
  return [
    `Pool ${pool}, ${moments.length} readings`,
    table(['time', 'desired then', 'desired now'], rows),
    table(['', 'then', 'now'], sums),
  ].join('\n\n');
}

export function sumsOf(moments: readonly Moment[], which: 'then' | 'now'): Sums {
  let workerMs = 0;
  let actions = 0;
  for (const [at, moment] of moments.entries()) {
    const next = moments[at + 1];
    if (next === undefined) break;
    workerMs += moment[which] * Math.min(SILENCE_MS_MAX, Math.max(0, next.at_ms - moment.at_ms));
    if (next[which] !== moment[which]) actions += 1;
  }
  return { workerHours: workerMs / HOUR_MS, actions };
}
