import type { LoadReport, WindowReport } from '../report.schema.js';
import { histogramPlot } from './histogram-plot.js';
import { type Line, linePlot } from './line-plot.js';
import type { Plot } from './plot.js';
import { sayCount, sayMs } from './ticks.js';

const RANKS = ['p50', 'p95', 'p99'] as const;
const OK = '200';

/** All charts that there is something to show for. */
export function chartsOf(report: LoadReport): Plot[] {
  const { latency_ms: latency, first_token_ms: firstToken, token_gap_ms: gap } = report.summary;
  const { histograms } = report;
  return [
    latencyOverTime(report),
    rateByStatus(report),
    ...(latency === null
      ? []
      : [histogram('Latency', 'How many successes took how long.', histograms.latency_ms, latency)]),
    inFlight(report),
    ...(firstToken === null ? [] : [firstTokenOverTime(report)]),
    ...(firstToken === null
      ? []
      : [
          histogram(
            'Time to first token',
            'How many streams began after how long.',
            histograms.first_token_ms,
            firstToken,
          ),
        ]),
    ...(gap === null
      ? []
      : [
          histogram(
            'Between tokens',
            'How long a stream said nothing between two pieces of text.',
            histograms.token_gap_ms,
            gap,
          ),
        ]),
    ...(report.summary.output_tokens > 0 ? [tokens(report)] : []),
  ];
}

const histogram = (
  title: string,
  note: string,
  bins: LoadReport['histograms']['latency_ms'],
  spread: NonNullable<LoadReport['summary']['latency_ms']>,
): Plot => histogramPlot({ title, note, bins, spread });

const rankLines = (of: (window: WindowReport) => WindowReport['latency_ms']): Line[] =>
  RANKS.map((rank) => ({ mark: rank, label: rank, valueOf: (window) => of(window)?.[rank] ?? null }));

const latencyOverTime = (report: LoadReport): Plot =>
  linePlot(report, {
    title: 'Latency over time',
    note: 'Of successes, by the time at which they were due.',
    say: sayMs,
    lines: rankLines((window) => window.latency_ms),
    isStacked: false,
  });

const firstTokenOverTime = (report: LoadReport): Plot =>
  linePlot(report, {
    title: 'Time to first token, over time',
    note: 'Of streams that succeeded, by the time at which they were due.',
    say: sayMs,
    lines: rankLines((window) => window.first_token_ms),
    isStacked: false,
  });

const perSecond =
  (count: (window: WindowReport) => number): Line['valueOf'] =>
  (window, seconds) =>
    count(window) / seconds;

const rateByStatus = (report: LoadReport): Plot =>
  linePlot(report, {
    title: 'Answers a second, by status',
    note: 'When they came, upon each other; the dashed line is what was due.',
    say: sayCount,
    lines: statusesOf(report).map((status) => ({
      mark: markOf(status),
      label: status,
      valueOf: perSecond((window) => window.answers[status] ?? 0),
    })),
    isStacked: true,
    over: { mark: 'due', label: 'due', valueOf: perSecond((window) => window.due) },
  });

const inFlight = (report: LoadReport): Plot =>
  linePlot(report, {
    title: 'In flight',
    note: 'The most requests at once, and those dropped.',
    say: sayCount,
    lines: [
      { mark: 'flight', label: 'in flight', valueOf: (window) => window.in_flight_max },
      ...(report.windows.some(({ dropped }) => dropped > 0)
        ? [{ mark: 'dropped', label: 'dropped', valueOf: (window: WindowReport) => window.dropped }]
        : []),
    ],
    isStacked: false,
  });

const tokens = (report: LoadReport): Plot =>
  linePlot(report, {
    title: 'Tokens a second',
    note: 'Output tokens of all successes, when they ended.',
    say: sayCount,
    lines: [
      { mark: 'flight', label: 'tokens a second', valueOf: perSecond((window) => window.output_tokens) },
    ],
    isStacked: false,
  });

/** Successes at the bottom, then by how often they came. */
function statusesOf({ windows }: LoadReport): string[] {
  const counts = new Map<string, number>([[OK, 0]]);
  for (const [status, count] of windows.flatMap(({ answers }) => Object.entries(answers)))
    counts.set(status, (counts.get(status) ?? 0) + count);
  return [...counts]
    .sort(([name, left], [other, right]) => Number(other === OK) - Number(name === OK) || right - left)
    .map(([status]) => status);
}

/** The same status has the same colour in every report. */
export function markOf(status: string): string {
  if (status === OK) return 'ok';
  if (status === '429') return 'limited';
  if (/^5\d\d$/.test(status) || status.endsWith('stream')) return 'broken';
  if (status === 'timeout' || status === '202') return 'late';
  return 'other';
}
