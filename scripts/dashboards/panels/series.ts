import {
  AxisPlacement,
  FieldColorModeId,
  GraphDrawStyle,
  GraphGradientMode,
  LegendDisplayMode,
  LineInterpolation,
  SortOrder,
  StackingMode,
  type ThresholdsConfig,
  TooltipDisplayMode,
  VisibilityMode,
} from '@grafana/schema';
import type {
  FieldConfig,
  Options,
} from '@grafana/schema/dist/esm/raw/composable/timeseries/panelcfg/x/TimeSeriesPanelCfg_types.gen';
import { meanings, neutral, type Override } from '../look.js';
import { lettered, type Query } from '../queries.js';
import type { Described, Draft } from './draft.js';

export interface Series extends Described {
  readonly queries: readonly Query[];
  /** Series whose colours mean something everywhere. */
  readonly meaning?: readonly string[];
  readonly stacked?: boolean;
  /** Steps, for what changes at once and is a whole number. */
  readonly steps?: boolean;
  readonly bars?: boolean;
  readonly max?: number;
  readonly thresholds?: ThresholdsConfig;
  readonly overrides?: readonly Override[];
}

/** Lines over time. */
export function series(drawn: Series): Draft {
  const { title, description, width, unit, links = [], queries, max, overrides = [] } = drawn;
  const options: Options = {
    legend: {
      calcs: ['lastNotNull', 'max'],
      displayMode: LegendDisplayMode.Table,
      placement: 'bottom',
      showLegend: true,
      sortBy: 'Last *',
      sortDesc: true,
    },
    tooltip: { mode: TooltipDisplayMode.Multi, sort: SortOrder.Descending },
  };
  return {
    width,
    panel: {
      type: 'timeseries',
      title,
      description,
      links,
      targets: lettered(queries),
      options: { ...options },
      fieldConfig: {
        defaults: {
          unit,
          min: 0,
          ...(max === undefined ? {} : { max }),
          color: { mode: FieldColorModeId.PaletteClassicByName },
          thresholds: drawn.thresholds ?? neutral,
          custom: { ...lines(drawn) },
        },
        overrides: [...meanings(drawn.meaning ?? []), ...overrides],
      },
    },
  };
}

function lines({ stacked = false, steps = false, bars = false }: Series): FieldConfig {
  return {
    drawStyle: bars ? GraphDrawStyle.Bars : GraphDrawStyle.Line,
    lineInterpolation: steps ? LineInterpolation.StepAfter : LineInterpolation.Linear,
    lineWidth: 1,
    fillOpacity: bars ? 70 : stacked ? 40 : 8,
    gradientMode: GraphGradientMode.None,
    showPoints: VisibilityMode.Never,
    spanNulls: false,
    axisPlacement: AxisPlacement.Auto,
    stacking: { mode: stacked ? StackingMode.Normal : StackingMode.None, group: 'A' },
    hideFrom: { legend: false, tooltip: false, viz: false },
  };
}
