import type { PoolPart, Snapshot } from '../snapshot.js';
import { Chart, type Series } from './chart.js';
import { byId } from './elements.js';
import { count, duration, rate } from './format.js';
import { Trail } from './trail.js';

const KEEP_MS = 5 * 60_000;
const COLOURS = ['--one', '--two', '--four', '--five', '--three'];
const DASHES: readonly Series['dash'][] = ['solid', 'dashed', 'dotted'];

const line = (name: string, colour: string, dash: Series['dash'] = 'solid'): Series => ({
  name,
  colour,
  dash,
});

/** More pools than colours differ by their dashes. */
const poolLines = (pools: readonly string[]): Series[] =>
  pools.map((pool, at) => ({
    name: pool,
    colour: COLOURS[at % COLOURS.length] ?? '--one',
    dash: DASHES[Math.floor(at / COLOURS.length) % DASHES.length] ?? 'solid',
  }));

const figure = (id: string): HTMLElement => byId(id, HTMLElement);

export interface Charts {
  readonly show: (snapshot: Snapshot) => void;
  readonly redraw: () => void;
}

/** All charts of the page. */
export function makeCharts(): Charts {
  const traffic = new Chart(figure('chart-traffic'), {
    series: [
      line('accepted', '--one', 'dashed'),
      line('completed', '--two'),
      line('failed', '--three', 'dotted'),
    ],
    format: rate,
  });
  const latency = new Chart(figure('chart-latency'), {
    series: [line('p50', '--two'), line('p95', '--five', 'dashed'), line('p99', '--four', 'dotted')],
    format: duration,
  });
  const depth = new Chart(figure('chart-depth'), { series: [], format: count });
  const wait = new Chart(figure('chart-wait'), { series: [], format: duration });
  const [depths, waits] = [new Trail(KEEP_MS), new Trail(KEEP_MS)];
  const byPool = (pools: readonly PoolPart[], of: (pool: PoolPart) => number) =>
    new Map(pools.map((pool) => [pool.pool, of(pool)]));
  return {
    show: ({ at_ms: atMs, traffic: points, pools }) => {
      const times = points.map((point) => Math.min(point.at_ms + 10_000, atMs) / 1_000);
      traffic.show([
        times,
        points.map(({ accepted }) => accepted),
        points.map(({ completed }) => completed),
        points.map(({ failed }) => failed),
      ]);
      latency.show([
        times,
        points.map(({ p50 }) => p50),
        points.map(({ p95 }) => p95),
        points.map(({ p99 }) => p99),
      ]);
      depths.add(
        atMs,
        byPool(pools, ({ queued }) => queued),
      );
      // Where nobody waits, the wait is nothing.
      waits.add(
        atMs,
        byPool(pools, ({ oldest_wait_ms: oldest }) => oldest ?? 0),
      );
      depth.show(depths.table(), poolLines(depths.names));
      wait.show(waits.table(), poolLines(waits.names));
    },
    redraw: () => {
      for (const chart of [traffic, latency, depth, wait]) chart.redraw();
    },
  };
}
