/** The nearest rank; NaN of nothing. */
export function quantile(values: readonly number[], q: number): number {
  const sorted = [...values].sort((left, right) => left - right);
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * q))] ?? Number.NaN;
}

/** 0 of nothing. */
export const greatest = (values: readonly number[]): number =>
  values.reduce((most, value) => Math.max(most, value), 0);
