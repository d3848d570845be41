/** Ratio of neighbouring bounds in settle.lua's latency histogram: a percentile is exact to a quarter. */
const RATIO = 1.25;

export interface PerformanceSummary {
  readonly window_seconds: number;
  readonly accepted: number;
  readonly settled: number;
  readonly completed: number;
  readonly failed: number;
  readonly cancelled: number;
  readonly expired: number;
  readonly requests_per_second: number;
  /** Share of settled jobs that failed or expired; null while nothing settled. */
  readonly error_rate: number | null;
  /** From start to settlement, of the jobs that started; null while there were none. */
  readonly average_service_ms: number | null;
  readonly latency_ms: {
    readonly p50: number | null;
    readonly p95: number | null;
    readonly p99: number | null;
  };
}

/** What a pool's counters of the last `seconds` say. Latency is from acceptance to settlement. */
export function summarize(counters: ReadonlyMap<string, number>, seconds: number): PerformanceSummary {
  const count = (name: string): number => counters.get(name) ?? 0;
  const [completed, failed] = [count('completed'), count('failed')];
  const [cancelled, expired] = [count('cancelled'), count('expired')];
  const served = count('served');
  const settled = completed + failed + cancelled + expired;
  const histogram = [...counters]
    .filter(([name]) => name.startsWith('latency:'))
    .map(([name, jobs]) => ({ slice: Number(name.slice('latency:'.length)), jobs }))
    .sort((left, right) => left.slice - right.slice);
  return {
    window_seconds: seconds,
    accepted: count('accepted'),
    settled,
    completed,
    failed,
    cancelled,
    expired,
    requests_per_second: Math.round((settled / seconds) * 100) / 100,
    error_rate: settled === 0 ? null : (failed + expired) / settled,
    average_service_ms: served === 0 ? null : Math.round(count('service_ms') / served),
    latency_ms: {
      p50: percentile(histogram, 0.5),
      p95: percentile(histogram, 0.95),
      p99: percentile(histogram, 0.99),
    },
  };
}

/** The upper bound of the slice in which the share `p` of the jobs is reached (nearest rank), in milliseconds. */
function percentile(histogram: readonly { slice: number; jobs: number }[], p: number): number | null {
  const total = histogram.reduce((sum, { jobs }) => sum + jobs, 0);
  let seen = 0;
  for (const { slice, jobs } of histogram) {
    seen += jobs;
    if (seen >= p * total) return Math.round(RATIO ** (slice + 1));
  }
  return null;
}
