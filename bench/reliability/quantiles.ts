import { percentile } from '#scripts/loadtest/statistics.js';

/** Interpolated between neighbours; NaN of nothing. `q` is from 0 to 1. */
export function quantile(values: readonly number[], q: number): number {
  if (values.length === 0) return Number.NaN;
  return percentile(
    [...values].sort((left, right) => left - right),
    q * 100,
  );
}

/** 0 of nothing. */
export const greatest = (values: readonly number[]): number =>
  values.reduce((most, value) => Math.max(most, value), 0);
