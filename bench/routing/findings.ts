import { percentile } from '#scripts/loadtest/statistics.js';
import type { Scenario } from './scenario.js';
import type { Simulated } from './simulate.js';
import type { CallRecord, Tally } from './tally.js';

/** What one simulation showed. */
export interface Findings {
  /** Parts of all calls, in the order of the scenario's backends. */
  readonly shares: readonly number[];
  readonly succeeded: number;
  readonly retries: number;
  readonly failed: number;
  readonly p50Ms: number;
  readonly p95Ms: number;
  readonly p99Ms: number;
  /** Of the jobs that arrive while all is well, before the death. */
  readonly calmP99Ms: number;
  readonly usdPerThousand: number;
  /** Calls that began at the dead backend while it was dead, per minute. */
  readonly deadCallsPerMinute: number;
  /** From its return to the end of its first successful call, in seconds; null if there was none. */
  readonly firstSuccessS: number | null;
  /** From its return until it had half its former share of the calls of five seconds; null if it never had, or had none before. */
  readonly halfShareS: number | null;
}

const SPAN_MS = 5_000;
/** By then the workers have learnt what there is to learn. */
const SETTLED_MS = 20_000;
const SHARE_MIN = 0.01;

export function findingsOf(scenario: Scenario, { tally }: Simulated): Findings {
  const { calls, jobs } = tally;
  const { death, backends } = scenario;
  const times = sortedTimes(tally, () => true);
  const succeeded = times.length;
  const atDead = calls.filter(({ backend }) => backend === death.id);
  const during = atDead.filter(({ beganMs }) => beganMs >= death.fromMs && beganMs < death.untilMs);
  const first = atDead
    .filter(({ isSuccess, beganMs }) => isSuccess && beganMs >= death.untilMs)
    .reduce((least, { endedMs }) => Math.min(least, endedMs), Infinity);
  const usd = calls.filter(({ isSuccess }) => isSuccess).map(({ backend }) => priceOf(scenario, backend));
  return {
    shares: backends.map(({ id }) => calls.filter(({ backend }) => backend === id).length / calls.length),
    succeeded,
    retries: jobs.reduce((sum, { attempts }) => sum + Math.max(0, attempts - 1), 0),
    failed: jobs.length - succeeded,
    p50Ms: percentile(times, 50),
    p95Ms: percentile(times, 95),
    p99Ms: percentile(times, 99),
    calmP99Ms: percentile(
      sortedTimes(tally, (arrivedMs) => arrivedMs < death.fromMs - SPAN_MS),
      99,
    ),
    usdPerThousand: (1_000 * usd.reduce((sum, price) => sum + price, 0)) / succeeded,
    deadCallsPerMinute: (60_000 * during.length) / (death.untilMs - death.fromMs),
    firstSuccessS: Number.isFinite(first) ? (first - death.untilMs) / 1_000 : null,
    halfShareS: halfShare(scenario, calls),
  };
}

const sortedTimes = ({ jobs }: Tally, doesCount: (arrivedMs: number) => boolean): number[] =>
  jobs
    .filter(({ isSuccess, arrivedMs }) => isSuccess && doesCount(arrivedMs))
    .map(({ tookMs }) => tookMs)
    .sort((left, right) => left - right);

const priceOf = ({ backends }: Scenario, id: string): number =>
  backends.find((plan) => plan.id === id)?.usdPerCall ?? 0;

function halfShare({ death, seconds }: Scenario, calls: readonly CallRecord[]): number | null {
  const former = shareIn(calls, death.id, { fromMs: SETTLED_MS, untilMs: death.fromMs });
  if (former < SHARE_MIN) return null;
  for (let endMs = death.untilMs + 500; endMs <= seconds * 1_000; endMs += 500)
    if (
      shareIn(calls, death.id, { fromMs: Math.max(death.untilMs, endMs - SPAN_MS), untilMs: endMs }) >=
      former / 2
    )
      return (endMs - death.untilMs) / 1_000;
  return null;
}

function shareIn(
  calls: readonly CallRecord[],
  id: string,
  { fromMs, untilMs }: { readonly fromMs: number; readonly untilMs: number },
): number {
  const within = calls.filter(({ beganMs }) => beganMs >= fromMs && beganMs < untilMs);
  return within.filter(({ backend }) => backend === id).length / Math.max(1, within.length);
}
