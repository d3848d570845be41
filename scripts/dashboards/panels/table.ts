import {
  FieldColorModeId,
  TableCellDisplayMode,
  TableCellHeight,
  type ThresholdsConfig,
} from '@grafana/schema';
import type { TableFieldOptions, TableOptions } from '@grafana/schema';
import { neutral, onlyFor, type Override, unknownAs } from '../look.js';
import { lettered, type SqlQuery } from '../queries.js';
import type { Described, Draft } from './draft.js';

/** How a column shows its values. */
export interface Column {
  readonly unit?: string;
  readonly decimals?: number;
  /** Pixels. */
  readonly width?: number;
  readonly thresholds?: ThresholdsConfig;
  readonly isLong?: boolean;
}

export interface Table extends Described {
  readonly query: SqlQuery;
  readonly columns: Readonly<Record<string, Column>>;
  readonly sortBy?: string;
}

/** Rows of the database. */
export function table({ title, description, width, unit, links = [], query, columns, sortBy }: Table): Draft {
  const options: TableOptions = {
    cellHeight: TableCellHeight.Sm,
    frameIndex: 0,
    showHeader: true,
    ...(sortBy === undefined ? {} : { sortBy: [{ displayName: sortBy, desc: true }] }),
  };
  const custom: TableFieldOptions = {
    align: 'auto',
    cellOptions: { type: TableCellDisplayMode.Auto },
    inspect: false,
  };
  return {
    width,
    panel: {
      type: 'table',
      title,
      description,
      links,
      targets: lettered([query]),
      options: { ...options },
      fieldConfig: {
        defaults: {
          unit,
          noValue: '',
          color: { mode: FieldColorModeId.Thresholds },
          thresholds: neutral,
          mappings: [unknownAs('')],
          custom: { ...custom },
        },
        overrides: Object.entries(columns).map(([name, column]) => overrideOf(name, column)),
      },
    },
  };
}

function overrideOf(name: string, { unit, decimals, width, thresholds, isLong = false }: Column): Override {
  return onlyFor(name, {
    ...(unit === undefined ? {} : { unit }),
    ...(decimals === undefined ? {} : { decimals }),
    ...(width === undefined ? {} : { 'custom.width': width }),
    ...(isLong ? { 'custom.inspect': true } : {}),
    ...(thresholds === undefined
      ? {}
      : { thresholds, 'custom.cellOptions': { type: TableCellDisplayMode.ColorText } }),
  });
}
