import type { BinReport, SpreadReport } from '../report.schema.js';
import { type Plot, SIDE, xOf, yOf } from './plot.js';
import { logTicks, sayCount, sayMs, scaleFor, type Tick } from './ticks.js';

const LEAST_MS = 0.01;
const MARKED = ['p50', 'p95', 'p99'] as const;
/** Nearer flags would cover each other. */
const FLAGS_APART = 0.07;

export interface HistogramPlan {
  readonly title: string;
  readonly note: string;
  readonly bins: readonly BinReport[];
  readonly spread: SpreadReport;
}

/** How many values lie where, on a logarithmic axis. */
export function histogramPlot({ title, note, bins, spread }: HistogramPlan): Plot {
  const from = Math.max(LEAST_MS, bins[0]?.from ?? LEAST_MS);
  const to = Math.max(from * 1.01, bins.at(-1)?.to ?? LEAST_MS);
  const at = (ms: number): number =>
    Math.min(1, Math.max(0, Math.log(Math.max(ms, LEAST_MS) / from) / Math.log(to / from)));
  const scale = scaleFor(Math.max(...bins.map(({ count }) => count)), sayCount);
  const bars = bins.map(({ from: left, to: right, count }) => {
    const width = xOf(at(right)) - xOf(at(left));
    const top = yOf(count / scale.most);
    return `<rect class="bar" x="${xOf(at(left))}" y="${top}" width="${width.toFixed(1)}" height="${(SIDE - top).toFixed(1)}"/>`;
  });
  const marks = MARKED.map((rank) => ({ label: rank, at: at(spread[rank]) }));
  return {
    title,
    note,
    description: `${spread.count} values from ${sayMs(spread.min)} to ${sayMs(spread.max)}; ${MARKED.map((rank) => `${rank} ${sayMs(spread[rank])}`).join(', ')}.`,
    yTicks: scale.ticks,
    xTicks: logTicks(from, to, sayMs),
    shapes: `${bars.join('')}${marks.map((mark) => `<path class="mark" d="M${xOf(mark.at)} 0V${SIDE}"/>`).join('')}`,
    flags: apart(marks),
    legend: [],
    points: bins.map((bin) => ({
      at: (at(bin.from) + at(bin.to)) / 2,
      title: `${sayMs(bin.from)} to ${sayMs(bin.to)}`,
      values: [{ mark: 'bar', label: 'values', value: String(bin.count) }],
    })),
  };
}

/** Flags that would lie upon each other become one. */
function apart(marks: readonly Tick[]): Tick[] {
  const flags: Tick[] = [];
  for (const mark of marks) {
    const last = flags.at(-1);
    if (last === undefined || mark.at - last.at >= FLAGS_APART) flags.push(mark);
    else flags[flags.length - 1] = { at: last.at, label: `${last.label}, ${mark.label}` };
  }
  return flags;
}
