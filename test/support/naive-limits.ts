/** What rules.lua must decide, written as simply as it can be said. Times are whole microseconds. */
export interface NaiveRule {
  readonly strategy: 'token_bucket' | 'fixed_window' | 'sliding_window';
  /** A multiple of a tenth. */
  readonly limit: number;
  readonly window: number;
  readonly burst: number;
}

export interface NaiveLimit {
  /** By how much a try does not fit: microseconds too early for a bucket, too much for a window. It fits at 0 and below. */
  over(at: number, cost: number): number;
  remaining(at: number): number;
  /** Returns how to settle this spend on what was used. */
  spend(at: number, cost: number): (at: number, used: number) => void;
}

export const naiveLimit = (rule: NaiveRule): NaiveLimit =>
  rule.strategy === 'token_bucket' ? naiveBucket(rule) : naiveWindow(rule);

const SLICES = 60;

/** Remembers every spend. */
function naiveWindow({ strategy, limit, window }: NaiveRule): NaiveLimit {
  let spends: { readonly at: number; amount: number }[] = [];
  const number = (at: number, length: number): number => (at - (at % length)) / length;
  const counts = (spentAt: number, at: number): boolean =>
    strategy === 'fixed_window'
      ? number(spentAt, window) === number(at, window)
      : number(at, window / SLICES) - number(spentAt, window / SLICES) <= SLICES;
  const used = (at: number): number => {
    spends = spends.filter((spend) => counts(spend.at, at));
    return spends.reduce((sum, { amount }) => sum + amount, 0);
  };
  return {
    over: (at, cost) => used(at) + cost - limit,
    remaining: (at) => Math.max(0, limit - used(at)),
    spend: (at, amount) => {
      const spend = { at, amount };
      spends.push(spend);
      return (_, actual) => (spend.amount = actual);
    },
  };
}

const TENTHS = 10;

/**
 * A bucket that leaks `limit` a window, in exact arithmetic: its level is counted in parts of a tenth of a window's token,
 * of which `limit` * 10 leak in every microsecond. Below 0 it has been empty for so long.
 */
function naiveBucket({ limit, window, burst }: NaiveRule): NaiveLimit {
  const leak = BigInt(Math.round(limit * TENTHS));
  const token = BigInt(window * TENTHS);
  let level = 0n;
  let levelAt = 0;
  const sink = (at: number): void => {
    level -= BigInt(at - levelAt) * leak;
    levelAt = at;
  };
  const held = (): bigint => (level > 0n ? level : 0n);
  return {
    over: (at, cost) => {
      sink(at);
      return Number(held() + BigInt(cost - burst) * token) / Number(leak);
    },
    remaining: (at) => {
      sink(at);
      return Math.max(0, burst - Number(held()) / Number(token));
    },
    spend: (at, cost) => {
      sink(at);
      level = held() + BigInt(cost) * token;
      return (settledAt, used) => {
        sink(settledAt);
        level -= BigInt(cost - used) * token;
      };
    },
  };
}
