/** The first of those with the lowest score; null of none. */
export function lowest<T>(items: readonly T[], scoreOf: (item: T) => number): T | null {
  return lowestOf(items, scoreOf)[0] ?? null;
}

/** All that share the lowest score. */
export function lowestOf<T>(items: readonly T[], scoreOf: (item: T) => number): T[] {
  const scores = items.map(scoreOf);
  const least = scores.reduce((low, score) => Math.min(low, score), Infinity);
  return items.filter((_, at) => scores[at] === least);
}

/** One of `items`, with a probability proportional to its weight: where `die`, in [0, 1), falls. Null of none. */
export function drawn<T>(items: readonly T[], weightOf: (item: T) => number, die: number): T | null {
  const weights = items.map(weightOf);
  let left = die * weights.reduce((sum, weight) => sum + weight, 0);
  for (const [at, item] of items.entries()) {
    left -= weights[at] ?? 0;
    if (left < 0) return item;
  }
  // Rounding may leave a rest beyond the last.
  return items.at(-1) ?? null;
}

/** Two different ones of `items`, drawn one after the other by weight; fewer when there are no two. */
export function drawnPair<T>(
  items: readonly T[],
  weightOf: (item: T) => number,
  dice: readonly [number, number],
): T[] {
  const first = drawn(items, weightOf, dice[0]);
  if (first === null) return [];
  const others = items.filter((item) => item !== first);
  const second = drawn(others, weightOf, dice[1]);
  return second === null ? [first] : [first, second];
}
