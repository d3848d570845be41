import {
  BigValueColorMode,
  BigValueGraphMode,
  BigValueJustifyMode,
  BigValueTextMode,
  FieldColorModeId,
  PercentChangeColorMode,
  type ThresholdsConfig,
  type ValueMapping,
  VizOrientation,
} from '@grafana/schema';
import type { Options } from '@grafana/schema/dist/esm/raw/composable/stat/panelcfg/x/StatPanelCfg_types.gen';
import { neutral, onlyFor, type Override, unknownAs } from '../look.js';
import { lettered, type Query } from '../queries.js';
import type { Described, Draft } from './draft.js';

/** One number of a tile. What is left out is as the tile says. */
export interface StatNumber {
  readonly query: Query;
  /** The legend or column that it carries. */
  readonly name: string;
  readonly unit?: string;
  readonly thresholds?: ThresholdsConfig;
  readonly mappings?: ValueMapping[];
  readonly decimals?: number;
}

export interface Stat extends Described {
  readonly numbers: readonly StatNumber[];
  /** Said while there is no number at all. */
  readonly none: string;
}

/** A tile that is coloured as a whole, so that trouble is seen before it is read. */
export function stat({ title, description, width, unit, links = [], numbers, none }: Stat): Draft {
  const options: Options = {
    colorMode: BigValueColorMode.Background,
    graphMode: BigValueGraphMode.None,
    justifyMode: BigValueJustifyMode.Auto,
    orientation: VizOrientation.Auto,
    percentChangeColorMode: PercentChangeColorMode.Standard,
    reduceOptions: { calcs: ['lastNotNull'], fields: '', values: false },
    showPercentChange: false,
    textMode: numbers.length > 1 ? BigValueTextMode.ValueAndName : BigValueTextMode.Value,
    wideLayout: true,
  };
  return {
    width,
    panel: {
      type: 'stat',
      title,
      description,
      links,
      targets: lettered(numbers.map(({ query }) => query)),
      options: { ...options },
      fieldConfig: {
        defaults: {
          unit,
          noValue: none,
          color: { mode: FieldColorModeId.Thresholds },
          thresholds: numbers[0]?.thresholds ?? neutral,
          mappings: [unknownAs(none), ...(numbers[0]?.mappings ?? [])],
        },
        overrides: numbers.map((number) => overrideOf(number, none)),
      },
    },
  };
}

function overrideOf({ name, unit, thresholds, mappings = [], decimals }: StatNumber, none: string): Override {
  return onlyFor(name, {
    ...(unit === undefined ? {} : { unit }),
    ...(decimals === undefined ? {} : { decimals }),
    thresholds: thresholds ?? neutral,
    mappings: [unknownAs(none), ...mappings],
  });
}
