import type { Findings } from './findings.js';
import { type BackendPlan, type Scenario, sustainedPerSecond } from './scenario.js';
import type { Learnt } from './simulate.js';

/** What the seeds of one plan showed. */
export interface PlanFindings {
  readonly name: string;
  readonly findings: readonly Findings[];
  readonly learnt: readonly (readonly Learnt[])[];
}

/** The middle value; of an even number, the lower of the two in the middle. Null counts as later than any number. */
function median(values: readonly (number | null)[]): number | null {
  const sorted = [...values].sort((left, right) => (left ?? Infinity) - (right ?? Infinity));
  return sorted[Math.floor((sorted.length - 1) / 2)] ?? null;
}

const shown = (value: number | null, digits: number): string =>
  value === null ? '–' : value.toFixed(digits);

function table(heads: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]): string => `| ${cells.join(' | ')} |`;
  return [line(heads), line(heads.map(() => '---')), ...rows.map(line)].join('\n');
}

/** How each plan distributes, and what its jobs get. */
export function distributionTable({ backends }: Scenario, plans: readonly PlanFindings[]): string {
  const heads = ['strategy', ...backends.map(({ id }) => `calls at ${id}`)];
  const more = ['jobs done', 'failed', 'retries', 'p50 ms', 'p95 ms', 'p99 ms', 'calm p99 ms', '$ per 1,000'];
  const rows = plans.map(({ name, findings }) => {
    const of = (figure: (one: Findings) => number): number | null => median(findings.map(figure));
    const shares = backends.map(
      (_, at) =>
        `${shown(
          of(({ shares: all }) => 100 * (all[at] ?? 0)),
          0,
        )} %`,
    );
    return [
      `\`${name}\``,
      ...shares,
      shown(
        of(({ succeeded }) => succeeded),
        0,
      ),
      shown(
        of(({ failed }) => failed),
        0,
      ),
      shown(
        of(({ retries }) => retries),
        0,
      ),
      shown(
        of(({ p50Ms }) => p50Ms),
        0,
      ),
      shown(
        of(({ p95Ms }) => p95Ms),
        0,
      ),
      shown(
        of(({ p99Ms }) => p99Ms),
        0,
      ),
      shown(
        of(({ calmP99Ms }) => calmP99Ms),
        0,
      ),
      shown(
        of(({ usdPerThousand }) => usdPerThousand),
        2,
      ),
    ];
  });
  return table([...heads, ...more], rows);
}

/** What reaches the backend that is away, and how soon it is used again. */
export function recoveryTable(plans: readonly PlanFindings[]): string {
  const heads = ['strategy', 'calls a minute while away', 'first success, s', 'half its former share, s'];
  const rows = plans.map(({ name, findings }) => [
    `\`${name}\``,
    shown(median(findings.map(({ deadCallsPerMinute }) => deadCallsPerMinute)), 0),
    shown(median(findings.map(({ firstSuccessS }) => firstSuccessS)), 1),
    shown(median(findings.map(({ halfShareS }) => halfShareS)), 1),
  ]);
  return table(heads, rows);
}

/** What the workers believe at the end beside what is true. */
export function learntTable({ backends }: Scenario, { learnt }: PlanFindings): string {
  const heads = [
    'backend',
    'calls at once',
    'learnt',
    'a call with room, ms',
    'learnt',
    'sustained a second',
    'learnt',
  ];
  const rows = backends.map((plan, at) => {
    const of = (figure: (one: Learnt) => number | null): number | null =>
      median(learnt.map((seed) => (seed[at] === undefined ? null : figure(seed[at]))));
    const capacity = of((one) => one.capacity);
    const baseMs = of((one) => one.baseLatencyMs);
    const rate = capacity === null || baseMs === null ? null : (1_000 * capacity) / baseMs;
    return [
      plan.id,
      String(plan.slots),
      shown(capacity, 1),
      shown(meanOf(plan), 0),
      shown(baseMs, 0),
      shown(sustainedPerSecond(plan), 1),
      shown(rate, 1),
    ];
  });
  return table(heads, rows);
}

const meanOf = (plan: BackendPlan): number => (1_000 * plan.slots) / sustainedPerSecond(plan);
