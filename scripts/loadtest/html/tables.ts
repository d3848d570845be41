import type { FiguresReport, GroupReport, LoadReport, SpreadReport } from '../report.schema.js';
import { inUnit, ms, percent, perSecond } from '../say-figures.js';
import { escape } from './escape.js';

type Rows = readonly (readonly string[])[];

/** Of nothing, nothing. */
function table(caption: string, head: readonly string[], rows: Rows): string {
  if (rows.length === 0) return '';
  const heads = head.map((cell) => `<th scope="col">${escape(cell)}</th>`).join('');
  const body = rows.map(([name = '', ...cells]) => {
    const rest = cells.map((cell) => `<td>${escape(cell)}</td>`).join('');
    return `<tr><th scope="row">${escape(name)}</th>${rest}</tr>`;
  });
  return `<section class="table"><h3>${escape(caption)}</h3><div class="scroll" tabindex="0" role="region" aria-label="${escape(caption)}"><table><thead><tr>${heads}</tr></thead><tbody>${body.join('')}</tbody></table></div></section>`;
}

export function thresholdsOf({ thresholds }: LoadReport): string {
  const items = thresholds.map(({ rule, unit, measured, is_met: isMet }) => {
    const value = measured === null ? 'nothing was measured' : inUnit(measured, unit);
    return `<li class="${isMet ? 'met' : 'missed'}"><b aria-hidden="true">${isMet ? '✓' : '✗'}</b><code>${escape(rule)}</code><span>${escape(value)}</span><em>${isMet ? 'met' : 'missed'}</em></li>`;
  });
  return `<ul class="thresholds">${items.join('')}</ul>`;
}

const SPREADS = [
  ['Latency', 'latency_ms', ms],
  ['Time to first token', 'first_token_ms', ms],
  ['Between tokens', 'token_gap_ms', ms],
  ['Tokens a second, in one stream', 'stream_tokens_per_second', perSecond],
] as const;
const COLUMNS = ['min', 'p50', 'p75', 'p90', 'p95', 'p99', 'p999', 'max', 'mean'] as const;

function spreadsTable(report: LoadReport): string {
  const rowOf = (name: string, spread: SpreadReport, say: (value: number) => string): string[] => [
    name,
    ...COLUMNS.map((column) => say(spread[column])),
  ];
  const rows = SPREADS.flatMap(([name, field, say]) => {
    const spread = report.summary[field];
    return spread === null ? [] : [rowOf(name, spread, say)];
  });
  const { lateness_ms: lateness } = report;
  if (lateness !== null) rows.push(rowOf('The tester’s own lateness', lateness, ms));
  return table('Times', ['', ...COLUMNS.map((column) => (column === 'p999' ? 'p99.9' : column))], rows);
}

function groupTable(name: string, groups: readonly GroupReport[], isStreamed: boolean): string {
  const head = [
    'Requests',
    'Answered',
    'Failed',
    'Dropped',
    'Errors',
    'Goodput',
    'Answers/s',
    'p50',
    'p95',
    'p99',
  ];
  return table(
    `By ${name.toLowerCase()}`,
    [name, ...head, ...(isStreamed ? ['First token p95'] : []), 'Tokens/s'],
    groups.map((group) => [group.name, ...cellsOf(group, isStreamed)]),
  );
}

function cellsOf(group: FiguresReport, isStreamed: boolean): string[] {
  const { latency_ms: latency, first_token_ms: firstToken } = group;
  return [
    ...[group.due, group.succeeded, group.failed, group.dropped].map(String),
    percent(group.errors_percent),
    percent(group.goodput_percent),
    perSecond(group.succeeded_per_second),
    ...(['p50', 'p95', 'p99'] as const).map((rank) => ms(latency?.[rank] ?? null)),
    ...(isStreamed ? [ms(firstToken?.p95 ?? null)] : []),
    perSecond(group.output_tokens_per_second),
  ];
}

function sharesTable(name: string, { balance_percent: balance, shares }: LoadReport['workers']): string {
  const caption = `${name}s, balance ${balance.toFixed(1)} %`;
  const rows = shares.map((share) => [share.name, String(share.requests), ms(share.mean_ms)]);
  return table(caption, [name, 'Requests', 'Mean'], rows);
}

function statusesTable({ summary }: LoadReport): string {
  const total = summary.succeeded + summary.failed;
  const rows = Object.entries(summary.statuses).map(([status, count]) => [
    status,
    String(count),
    percent((count / total) * 100),
  ]);
  return table('Answers by status', ['Status', 'Answers', 'Share'], rows);
}

/** Everything in figures. */
export function tablesOf(report: LoadReport): string {
  const { groups, errors, target, workers, backends } = report;
  return [
    spreadsTable(report),
    groupTable('Tenant', groups.tenant, target.is_streamed),
    groupTable('Tier', groups.tier, target.is_streamed),
    groupTable('Model', groups.model, target.is_streamed),
    `<div class="beside">${[
      statusesTable(report),
      table(
        'Errors',
        ['Code', 'Times'],
        errors.map(({ code, count }) => [code, String(count)]),
      ),
      sharesTable('Worker', workers),
      sharesTable('Backend', backends),
    ].join('')}</div>`,
  ].join('');
}
