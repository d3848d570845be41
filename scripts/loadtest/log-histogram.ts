/** How far a quantile may be from the value that has its rank: half a percent of it. */
export const RELATIVE_ERROR = 0.005;
/** What is less counts as this; its quantiles are told no finer. */
export const LEAST = 0.01;
/** What is more counts as this: an hour, in milliseconds. The greatest value of all is exact nevertheless. */
export const MOST = 3_600_000;

const GAMMA = (1 + RELATIVE_ERROR) / (1 - RELATIVE_ERROR);
const LOG_GAMMA = Math.log(GAMMA);
const BUCKETS = bucketOf(MOST) + 1;

/** Values from above `from` to `to`. */
export interface Bin {
  readonly from: number;
  readonly to: number;
  readonly count: number;
}

/**
 * Counts of values in buckets whose bounds grow by a constant factor: the same 8 KB however many values there are, with a bound
 * on the relative error of quantiles (the mapping of DDSketch: Masson, Rim and Lee, VLDB 2019). Count, sum, least and greatest are exact.
 */
export class LogHistogram {
  private readonly counts = new Uint32Array(BUCKETS);
  private total = 0;
  private sum = 0;
  private least = Infinity;
  private greatest = -Infinity;

  get count(): number {
    return this.total;
  }

  /** Null of nothing, as all of these. */
  get mean(): number | null {
    return this.total === 0 ? null : this.sum / this.total;
  }

  get min(): number | null {
    return this.total === 0 ? null : this.least;
  }

  get max(): number | null {
    return this.total === 0 ? null : this.greatest;
  }

  add(value: number): void {
    const bucket = bucketOf(Math.min(MOST, value));
    this.counts[bucket] = (this.counts[bucket] ?? 0) + 1;
    this.total += 1;
    this.sum += value;
    this.least = Math.min(this.least, value);
    this.greatest = Math.max(this.greatest, value);
  }

  take(other: LogHistogram): void {
    for (const [bucket, count] of other.counts.entries())
      if (count > 0) this.counts[bucket] = (this.counts[bucket] ?? 0) + count;
    this.total += other.total;
    this.sum += other.sum;
    this.least = Math.min(this.least, other.least);
    this.greatest = Math.max(this.greatest, other.greatest);
  }

  /** The value of rank ⌈percent × count ÷ 100⌉, at least the first; `percent` is from 0 to 100. */
  percentile(percent: number): number | null {
    // 99.9 % of 1000 are not a little more than 999, whatever binary fractions say.
    const rank = Math.max(1, Math.ceil(((percent * this.total) / 100) * (1 - 1e-12)));
    let seen = 0;
    for (const [bucket, count] of this.counts.entries()) {
      seen += count;
      if (seen >= rank) return Math.min(this.greatest, Math.max(this.least, middleOf(bucket)));
    }
    return null;
  }

  /** All values in at most `most` bins, each as much wider than the one before. */
  bins(most: number): Bin[] {
    const first = this.counts.findIndex((count) => count > 0);
    if (first === -1) return [];
    const last = this.counts.findLastIndex((count) => count > 0);
    const width = Math.ceil((last - first + 1) / most);
    const bins: Bin[] = [];
    for (let at = first; at <= last; at += width) {
      const count = this.counts.subarray(at, at + width).reduce((sum, each) => sum + each, 0);
      bins.push({ from: at === 0 ? 0 : upperBoundOf(at - 1), to: upperBoundOf(at + width - 1), count });
    }
    return bins;
  }
}

/** Bucket 0 ends with LEAST, and bucket i with LEAST × γⁱ. */
function bucketOf(value: number): number {
  return value <= LEAST ? 0 : Math.ceil(Math.log(value / LEAST) / LOG_GAMMA);
}

const upperBoundOf = (bucket: number): number => LEAST * GAMMA ** bucket;

/** As far, relatively, from the one bound as from the other. */
const middleOf = (bucket: number): number =>
  bucket === 0 ? LEAST : (2 * upperBoundOf(bucket)) / (GAMMA + 1);
