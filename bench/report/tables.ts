import { CONCURRENCIES, type Measured } from '../measure.js';
import { MODES } from '../load/runs.js';
import type { Judged } from './aims.js';
import { type Result, resultOf } from './results.js';

export type Table = readonly (readonly string[])[];

const NAMES = {
  floor: 'floor',
  reference: 'reference, sync',
  sync: 'Sluice, sync',
  async: 'Sluice, async (accepted)',
} as const;

export const resultsOf = ({ slices }: Measured): Result[] =>
  CONCURRENCIES.flatMap((concurrency) =>
    MODES.filter((mode) => slices.some((slice) => slice.mode === mode)).map((mode) =>
      resultOf(slices, mode, concurrency),
    ),
  );

export function resultTable(results: readonly Result[]): Table {
  const head = ['concurrency', 'mode', 'requests/s', 'p50 ms', 'p99 ms', 'Redis µs/request', 'failed'];
  return [
    head,
    ...results.map((result) => [
      String(result.concurrency),
      NAMES[result.mode],
      result.perSecond.toFixed(0),
      result.p50Ms.toFixed(2),
      result.p99Ms.toFixed(2),
      result.redisUsPerRequest?.toFixed(0) ?? '–',
      failures(result),
    ]),
  ];
}

/** Sluice's synchronous answers by the floor's. */
export function ratioTable(results: readonly Result[]): Table {
  const rows = CONCURRENCIES.map((concurrency) => {
    const of = (mode: string) =>
      results.find((result) => result.mode === mode && result.concurrency === concurrency);
    const [floor, sync] = [of('floor'), of('sync')];
    if (floor === undefined || sync === undefined) return [String(concurrency), '–', '–'];
    const throughput = (sync.perSecond / floor.perSecond).toFixed(2);
    return [String(concurrency), throughput, (sync.p50Ms / floor.p50Ms).toFixed(2)];
  });
  return [['concurrency', 'throughput, sync / floor', 'p50, sync / floor'], ...rows];
}

export function commandTable({ commands }: Measured): Table {
  const row = (name: string, count: Measured['commands']['floor']): string[] => [
    name,
    ...[count.queue, count.job, count.shared, count.inScripts].map((each) => each.toFixed(1)),
  ];
  return [
    ['commands per job', 'BullMQ’s', 'ours for the job', 'ours for many', 'inside scripts'],
    row(NAMES.floor, commands.floor),
    row(NAMES.sync, commands.sync),
  ];
}

export const aimTable = (judged: readonly Judged[]): Table => [
  ['aim', 'result', 'verdict'],
  ...judged.map(({ aim, result, isMet }) => [aim, result, isMet ? 'pass' : 'fail']),
];

export function asText(table: Table): string {
  const widths = (table[0] ?? []).map((_, column) =>
    Math.max(...table.map((row) => row[column]?.length ?? 0)),
  );
  return table
    .map((row) =>
      row
        .map((cell, at) => cell.padEnd(widths[at] ?? 0))
        .join('  ')
        .trimEnd(),
    )
    .join('\n');
}

export function asMarkdown(table: Table): string {
  const [head = [], ...rows] = table;
  const line = (cells: readonly string[]): string => `| ${cells.join(' | ')} |`;
  return [line(head), line(head.map(() => '---')), ...rows.map(line)].join('\n');
}

function failures({ failures: counts }: Result): string {
  const all = Object.entries(counts).map(([name, count]) => `${count} × ${name}`);
  return all.length === 0 ? '0' : all.join(', ');
}
