import {
  FieldColorModeId,
  LegendDisplayMode,
  SortOrder,
  type ThresholdsConfig,
  TooltipDisplayMode,
  type ValueMapping,
  VisibilityMode,
} from '@grafana/schema';
import type {
  FieldConfig,
  Options,
} from '@grafana/schema/dist/esm/raw/composable/statetimeline/panelcfg/x/StateTimelinePanelCfg_types.gen';
import { unknownAs } from '../look.js';
import { lettered, type Query } from '../queries.js';
import type { Described, Draft } from './draft.js';

export interface Timeline extends Described {
  readonly queries: readonly Query[];
  readonly mappings: ValueMapping[];
  readonly thresholds: ThresholdsConfig;
}

/** A band for each series, coloured by its state. */
export function timeline(drawn: Timeline): Draft {
  const { title, description, width, unit, links = [], queries, mappings, thresholds } = drawn;
  const options: Options = {
    alignValue: 'left',
    legend: { calcs: [], displayMode: LegendDisplayMode.List, placement: 'bottom', showLegend: false },
    mergeValues: true,
    rowHeight: 0.8,
    showValue: VisibilityMode.Auto,
    tooltip: { mode: TooltipDisplayMode.Single, sort: SortOrder.None },
  };
  const custom: FieldConfig = {
    fillOpacity: 80,
    lineWidth: 0,
    hideFrom: { legend: false, tooltip: false, viz: false },
  };
  return {
    width,
    panel: {
      type: 'state-timeline',
      title,
      description,
      links,
      targets: lettered(queries),
      options: { ...options },
      fieldConfig: {
        defaults: {
          unit,
          noValue: 'unknown',
          color: { mode: FieldColorModeId.Thresholds },
          thresholds,
          mappings: [unknownAs('unknown'), ...mappings],
          custom: { ...custom },
        },
        overrides: [],
      },
    },
  };
}
