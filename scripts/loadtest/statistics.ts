/** The value below which `percent` of the sorted values lie, interpolated linearly between its two neighbours. */
export function percentile(sorted: readonly number[], percent: number): number {
  const place = (percent / 100) * (sorted.length - 1);
  const lower = sorted[Math.floor(place)] ?? 0;
  const upper = sorted[Math.ceil(place)] ?? lower;
  return lower + (upper - lower) * (place - Math.floor(place));
}

/**
 * How evenly requests were shared, in percent: 100 × (1 − σ/µ) of their counts, with the population's σ and never below 0.
 * Fewer than two shares are always even.
 */
export function balanceScore(counts: readonly number[]): number {
  if (counts.length < 2) return 100;
  const mean = averageOf(counts);
  if (mean === 0) return 0;
  const variance = averageOf(counts.map((count) => (count - mean) ** 2));
  return Math.max(0, 100 * (1 - Math.sqrt(variance) / mean));
}

function averageOf(values: readonly number[]): number {
  return values.length === 0 ? 0 : values.reduce((sum, value) => sum + value, 0) / values.length;
}
