import type { Figures } from './figures.js';
import { RELATIVE_ERROR } from './log-histogram.js';
import type { LoadOptions } from './options.js';
import { sayPlan } from './say-plan.js';
import {
  type DistributionReport,
  type FiguresReport,
  type GroupReport,
  type LoadReport,
  REPORT_VERSION,
  type ThresholdReport,
  type WindowReport,
} from './report.schema.js';
import type { RunRecord } from './run-record.js';
import type { Shares } from './shares.js';
import { quantilesOf, rounded, spreadOf } from './spreads.js';
import { isMet, type Threshold } from './thresholds.js';

const BINS_MAX = 60;

export interface Run {
  readonly beganAt: Date;
  readonly isInterrupted: boolean;
}

/** What is in the JSON file, and on the page. It tells no key and no prompt. */
export function summarize(record: RunRecord, options: LoadOptions, run: Run): LoadReport {
  const thresholds = options.thresholds.map((threshold) => judged(threshold, record));
  const { all } = record;
  return {
    format: 'sluice-loadtest',
    version: REPORT_VERSION,
    began_at: run.beganAt.toISOString(),
    ended: run.isInterrupted ? 'interrupted' : 'finished',
    target: { url: addressOf(options.url), route: options.route, is_streamed: options.isStreamed },
    load: sayPlan(options.plan),
    seed: options.seed,
    warm_up_seconds: options.warmUpMs / 1_000,
    measured_seconds: rounded(record.seconds),
    objective: {
      within_ms: options.objective.withinMs,
      first_token_ms: options.objective.firstTokenMs,
    },
    is_passed: thresholds.every((threshold) => threshold.is_met),
    thresholds,
    summary: figuresOf(all, record),
    groups: {
      tenant: groupsOf(record, 'tenant'),
      tier: groupsOf(record, 'tier'),
      model: groupsOf(record, 'model'),
    },
    errors: record.codes.sorted().map(([code, count]) => ({ code, count })),
    workers: distributionOf(record.workers),
    backends: distributionOf(record.backends),
    lateness_ms: spreadOf(record.lateness),
    percentile_error_percent: RELATIVE_ERROR * 100,
    window_seconds: record.windows.widthMs / 1_000,
    windows: windowsOf(record),
    histograms: {
      latency_ms: all.latency.bins(BINS_MAX),
      first_token_ms: all.firstToken.bins(BINS_MAX),
      token_gap_ms: all.gap.bins(BINS_MAX),
    },
  };
}

function judged(threshold: Threshold, record: RunRecord): ThresholdReport {
  const { text, unit, bound, of, read } = threshold;
  const figures = of === null ? record.all : record.groups[of.dimension].get(of.name);
  const value = figures === undefined ? null : read(figures, record.seconds);
  return {
    rule: text,
    unit,
    bound,
    measured: value === null ? null : rounded(value),
    is_met: isMet(threshold, value),
  };
}

function figuresOf(figures: Figures, { seconds, sendingSeconds }: RunRecord): FiguresReport {
  const { due, dropped, unfinished, succeeded, failed, good, outputTokens } = figures;
  return {
    due,
    dropped,
    unfinished,
    succeeded,
    failed,
    good,
    errors_percent: roundedOrNull(figures.errorPercent),
    dropped_percent: roundedOrNull(figures.droppedPercent),
    goodput_percent: roundedOrNull(figures.goodPercent),
    due_per_second: per(due, sendingSeconds),
    succeeded_per_second: per(succeeded, seconds),
    good_per_second: per(good, seconds),
    output_tokens: outputTokens,
    output_tokens_per_second: per(outputTokens, seconds),
    statuses: Object.fromEntries(figures.statuses.sorted()),
    latency_ms: spreadOf(figures.latency),
    first_token_ms: spreadOf(figures.firstToken),
    token_gap_ms: spreadOf(figures.gap),
    stream_tokens_per_second: spreadOf(figures.speed),
  };
}

function groupsOf(record: RunRecord, dimension: keyof RunRecord['groups']): GroupReport[] {
  return [...record.groups[dimension]]
    .map(([name, figures]) => ({ name, ...figuresOf(figures, record) }))
    .sort((left, right) => right.due - left.due);
}

function windowsOf({ windows }: RunRecord): WindowReport[] {
  return windows.all.map((window, place) => ({
    at_seconds: (place * windows.widthMs) / 1_000,
    due: window.due,
    dropped: window.dropped,
    in_flight_max: window.inFlightMax,
    output_tokens: window.outputTokens,
    answers: Object.fromEntries(window.answers.sorted()),
    latency_ms: quantilesOf(window.latency),
    first_token_ms: quantilesOf(window.firstToken),
  }));
}

const distributionOf = (shares: Shares): DistributionReport => ({
  balance_percent: rounded(shares.balance),
  shares: shares
    .sorted()
    .map(({ name, requests, averageMs }) => ({ name, requests, mean_ms: rounded(averageMs) })),
});

/** Without a password, if there was one in it. */
function addressOf(text: string): string {
  const { origin, pathname } = new URL(text);
  return `${origin}${pathname === '/' ? '' : pathname}`;
}

const roundedOrNull = (value: number | null): number | null => (value === null ? null : rounded(value));
const per = (count: number, seconds: number): number | null =>
  seconds > 0 ? rounded(count / seconds) : null;
