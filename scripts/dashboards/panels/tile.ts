import type { ThresholdsConfig, ValueMapping } from '@grafana/schema';
import { neutral } from '../look.js';
import { now, type SqlQuery } from '../queries.js';
import type { Described, Draft } from './draft.js';
import { stat } from './stat.js';

export interface Tile extends Omit<Described, 'width' | 'unit'> {
  /** An expression of Prometheus, or rows with one column that is named as the title. */
  readonly value: string | SqlQuery;
  /** Default: neither good nor bad. */
  readonly thresholds?: ThresholdsConfig;
  readonly mappings?: ValueMapping[];
  /** Default: none. */
  readonly unit?: string;
  /** Default: 0. */
  readonly decimals?: number;
  /** Default: unknown. */
  readonly none?: string;
}

/** One number in a sixth of the width. */
export function tile({ title, description, links = [], value, ...look }: Tile): Draft {
  const { unit = 'none', decimals = 0, none = 'unknown', thresholds = neutral, mappings = [] } = look;
  const query = typeof value === 'string' ? now(title, value) : value;
  return stat({
    title,
    description,
    links,
    width: 4,
    unit,
    none,
    numbers: [{ name: title, query, thresholds, mappings, decimals }],
  });
}
