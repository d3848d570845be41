import type { DistributionReport, FiguresReport, LoadReport, SpreadReport } from './report.schema.js';
import { inUnit, ms, perSecond, percent } from './say-figures.js';
import { tableOf } from './table.js';

const RULE = '='.repeat(50);

/** What the load test found, in the original's order. */
export function report(found: LoadReport): string {
  const { summary, errors, groups, workers, backends } = found;
  const blocks = [
    [RULE, 'LOAD TEST RESULTS', RULE],
    ['Summary:', ...summaryLines(found)],
    ...(errors.length === 0 ? [] : [['Errors:', ...errors.map(({ code, count }) => `  ${count} × ${code}`)]]),
    ['Response times:', ...timeLines(summary.latency_ms, 'p50')],
    ...(found.target.is_streamed ? [['Streams:', ...streamLines(summary)]] : []),
    ...[groups.tenant, groups.tier, groups.model]
      .map((group, at): string[] => {
        const title = ['Tenants', 'Tiers', 'Models'][at] ?? '';
        return group.length < (at === 2 ? 2 : 1) ? [] : [`${title}:`, ...groupLines(group)];
      })
      .filter((lines) => lines.length > 0),
    ['Load balancing:', ...distribution('Workers', workers), ...distribution('Backends', backends)],
    ['Thresholds:', ...thresholdLines(found)],
    ...warningBlocks(found),
  ];
  return blocks.map((lines) => lines.join('\n')).join('\n\n');
}

function summaryLines({
  summary,
  ended,
  measured_seconds: seconds,
  warm_up_seconds: warmUp,
}: LoadReport): string[] {
  const { due, succeeded, failed, dropped, unfinished } = summary;
  const answered = succeeded + failed;
  return [
    ...(ended === 'interrupted' ? ['  Stopped early: this is what was measured until then.'] : []),
    `  Measured: ${seconds.toFixed(1)} s${warmUp > 0 ? `, after ${warmUp} s of warm-up` : ''}`,
    `  Total requests: ${due}`,
    `  Successful: ${succeeded}`,
    `  Failed: ${failed}`,
    ...(dropped > 0 ? [`  Dropped: ${dropped} (too many in flight)`] : []),
    ...(unfinished > 0 ? [`  Unfinished: ${unfinished}`] : []),
    `  Success rate: ${answered === 0 ? 'unknown' : `${((succeeded / answered) * 100).toFixed(1)} %`}`,
    `  Goodput: ${percent(summary.goodput_percent)}`,
    `  Requests per second: ${perSecond(summary.due_per_second)} due, ${perSecond(summary.succeeded_per_second)} answered`,
  ];
}

function timeLines(spread: SpreadReport | null, first: string): string[] {
  if (spread === null) return ['  Nothing was measured.'];
  return [
    `  Average: ${ms(spread.mean)}`,
    `  Min: ${ms(spread.min)}`,
    `  Max: ${ms(spread.max)}`,
    `  ${first}: ${ms(spread.p50)}`,
    `  p95: ${ms(spread.p95)}`,
    `  p99: ${ms(spread.p99)}`,
  ];
}

function streamLines(summary: FiguresReport): string[] {
  const line = (what: string, spread: SpreadReport | null): string =>
    spread === null
      ? `  ${what}: unknown`
      : `  ${what}: p50 ${ms(spread.p50)}, p95 ${ms(spread.p95)}, p99 ${ms(spread.p99)}`;
  const speed = summary.stream_tokens_per_second;
  return [
    line('First token', summary.first_token_ms),
    line('Between tokens', summary.token_gap_ms),
    `  Tokens per second: ${perSecond(summary.output_tokens_per_second)} in all, ${perSecond(speed?.p50 ?? null)} in the median stream`,
  ];
}

function groupLines(groups: LoadReport['groups']['tenant']): string[] {
  return tableOf([
    ['NAME', 'REQUESTS', 'ERRORS', 'GOODPUT', 'p50', 'p95', 'p99'],
    ...groups.map((group) => [
      group.name,
      String(group.due),
      percent(group.errors_percent),
      percent(group.goodput_percent),
      ...(['p50', 'p95', 'p99'] as const).map((rank) => ms(group.latency_ms?.[rank] ?? null)),
    ]),
  ]).map((line) => `  ${line}`);
}

function distribution(title: string, { shares, balance_percent: balance }: DistributionReport): string[] {
  const width = Math.max(0, ...shares.map(({ name }) => name.length));
  const rows = shares.map(
    ({ name, requests, mean_ms: mean }) =>
      `    ${name.padEnd(width)}  ${requests} requests, ${ms(mean)} on average`,
  );
  return [`  ${title} (balance ${balance.toFixed(1)} %):`, ...rows];
}

const thresholdLines = ({ thresholds }: LoadReport): string[] =>
  thresholds.map(
    ({ rule, unit, measured, is_met: isMet }) =>
      `  ${isMet ? '✓' : '✗'} ${rule}: ${measured === null ? 'nothing was measured' : inUnit(measured, unit)}`,
  );

const LATE_MS = 50;

/** Null, or why figures are rather those of the tester. */
export function warningOf({ lateness_ms: lateness }: LoadReport): string | null {
  if (lateness === null || lateness.p99 < LATE_MS) return null;
  return `The tester itself was late: one request in a hundred was sent ${ms(lateness.p99)} after it was due, or later. Give it more processor, or a lower rate.`;
}

function warningBlocks(found: LoadReport): string[][] {
  const warning = warningOf(found);
  return warning === null ? [] : [[warning]];
}
