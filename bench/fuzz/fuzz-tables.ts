import { flatnessOf, isFlat, type Sample } from './resident-memory.js';
import type { Finding, Tally } from './tally.js';

type Row = readonly string[];

/** Columns beneath each other; the first one to the left, the others to the right. */
function aligned(rows: readonly Row[]): string {
  const widths = (rows[0] ?? []).map((_, at) => Math.max(...rows.map((row) => (row[at] ?? '').length)));
  return rows
    .map((row) =>
      row
        .map((cell, at) => (at === 0 ? cell.padEnd(widths[at] ?? 0) : cell.padStart(widths[at] ?? 0)))
        .join('  ')
        .trimEnd(),
    )
    .join('\n');
}

/** Inputs of each route, and how often each status was answered. */
export function statusTable({ statuses }: Tally): string {
  const rows = [...statuses].map(([where, counts]) => {
    const total = [...counts.values()].reduce((sum, count) => sum + count, 0);
    const each = [...counts]
      .sort(([one], [other]) => one.localeCompare(other))
      .map(([status, count]) => `${status}: ${count}`);
    return [where, String(total), each.join(', ')];
  });
  const widths = [0, 1].map((at) => Math.max(...rows.map((row) => (row[at] ?? '').length), 6));
  return [['route', 'inputs', 'answers'], ...rows]
    .map(
      ([where = '', total = '', each = '']) =>
        `${where.padEnd(widths[0] ?? 0)}  ${total.padStart(widths[1] ?? 0)}  ${each}`,
    )
    .join('\n');
}

export function memoryTable(samples: ReadonlyMap<string, readonly Sample[]>): string {
  const rows = [...samples].map(([name, of]) => {
    const flatness = flatnessOf(of);
    if (flatness === null) {
      const last = of.at(-1)?.mib.toFixed(0) ?? '–';
      return [
        name,
        '–',
        last,
        Math.max(...of.map(({ mib }) => mib)).toFixed(0),
        '–',
        '–',
        'too short to tell',
      ];
    }
    const { firstMinuteMib, endMib, peakMib, growthPercent, mibPerMinute } = flatness;
    return [
      name,
      firstMinuteMib.toFixed(0),
      endMib.toFixed(0),
      peakMib.toFixed(0),
      `${growthPercent >= 0 ? '+' : ''}${growthPercent.toFixed(1)} %`,
      mibPerMinute.toFixed(2),
      isFlat(flatness) ? 'flat' : 'not flat',
    ];
  });
  return aligned([
    ['resident memory, MiB', 'after 1 min', 'at the end', 'peak', 'growth', 'MiB/min', ''],
    ...rows,
  ]);
}

export function findingLines(findings: Iterable<Finding>): string {
  return [...findings]
    .map(({ where, what, times, examples: [example] }) => {
      if (example === undefined) return `✗ ${where}: ${what} (${times} times)`;
      const body = example.body === null ? '' : ` ${example.body.slice(0, 200)}`;
      return `✗ ${where}: ${what} (${times} times)\n    ${example.method} ${example.path.slice(0, 200)}${body}\n    ${example.seen.slice(0, 300)}`;
    })
    .join('\n');
}
