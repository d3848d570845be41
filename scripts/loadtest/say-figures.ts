import type { Unit } from './thresholds.js';

const UNKNOWN = '–';

/** Null is what was not measured, here and below. */
export function ms(value: number | null): string {
  if (value === null) return UNKNOWN;
  return value < 10_000 ? `${value.toFixed(1)} ms` : `${(value / 1_000).toFixed(1)} s`;
}

export const percent = (value: number | null): string => (value === null ? UNKNOWN : `${value.toFixed(1)} %`);

export const perSecond = (value: number | null): string => (value === null ? UNKNOWN : value.toFixed(1));

export function inUnit(value: number, unit: Unit): string {
  if (unit === 'ms') return ms(value);
  if (unit === '%') return percent(value);
  return unit === '/s' ? `${perSecond(value)}/s` : String(value);
}
