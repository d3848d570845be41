import {
  AxisPlacement,
  HeatmapCellLayout,
  ScaleDistribution,
  TooltipDisplayMode,
  VisibilityMode,
} from '@grafana/schema';
import {
  type FieldConfig,
  HeatmapColorMode,
  HeatmapColorScale,
  type Options,
} from '@grafana/schema/dist/esm/raw/composable/heatmap/panelcfg/x/HeatmapPanelCfg_types.gen';
import { neutral } from '../look.js';
import { lettered, type PrometheusQuery } from '../queries.js';
import type { Described, Draft } from './draft.js';

export interface Heatmap extends Described {
  readonly query: PrometheusQuery;
}

/** The buckets of a histogram over time, in seconds. */
export function heatmap({ title, description, width, unit, links = [], query }: Heatmap): Draft {
  const options: Options = {
    calculate: false,
    cellGap: 1,
    color: {
      mode: HeatmapColorMode.Scheme,
      scheme: 'Oranges',
      scale: HeatmapColorScale.Exponential,
      exponent: 0.5,
      steps: 32,
      reverse: false,
      fill: 'orange',
    },
    exemplars: { color: 'blue' },
    filterValues: { le: 1e-9 },
    legend: { show: true },
    rowsFrame: { layout: HeatmapCellLayout.auto },
    showValue: VisibilityMode.Never,
    tooltip: { mode: TooltipDisplayMode.Single, yHistogram: false },
    yAxis: { axisPlacement: AxisPlacement.Left, reverse: false, unit },
  };
  const custom: FieldConfig = {
    hideFrom: { legend: false, tooltip: false, viz: false },
    scaleDistribution: { type: ScaleDistribution.Linear },
  };
  return {
    width,
    panel: {
      type: 'heatmap',
      title,
      description,
      links,
      targets: lettered([query]),
      options: { ...options },
      fieldConfig: { defaults: { unit, thresholds: neutral, custom: { ...custom } }, overrides: [] },
    },
  };
}
