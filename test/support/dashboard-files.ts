import { readFileSync } from 'node:fs';
import { z } from 'zod';
import { BOARDS } from '../../scripts/dashboards/all-boards.js';
import { fileOf } from '../../scripts/dashboards/board-file.js';

// The classic JSON model, as far as these dashboards use it, after kinds/dashboard/dashboard_kind.cue of Grafana. What is not
// named here is no part of it, or was not looked at.

const PROMETHEUS = z.strictObject({ type: z.literal('prometheus'), uid: z.literal('prometheus') });
const POSTGRES = z.strictObject({
  type: z.literal('grafana-postgresql-datasource'),
  uid: z.literal('postgres'),
});

/** What units of Grafana are called, of those in use (packages/grafana-data, valueFormats). */
const UNITS = [
  'none',
  'short',
  's',
  'ms',
  'percentunit',
  'currencyUSD',
  'reqps',
  'ops',
  'cpm',
  'dateTimeAsIso',
] as const;
export const unit = z.enum(UNITS);

const prometheusQuery = z.strictObject({
  refId: z.string().regex(/^([A-Z]|Anno)$/),
  datasource: PROMETHEUS,
  editorMode: z.literal('code'),
  expr: z.string().min(1),
  legendFormat: z.string(),
  instant: z.boolean(),
  range: z.boolean(),
  format: z.enum(['time_series', 'heatmap']),
});
const sqlQuery = z.strictObject({
  refId: z.string().regex(/^([A-Z]|Anno)$/),
  datasource: POSTGRES,
  editorMode: z.literal('code'),
  format: z.enum(['table', 'time_series']),
  rawQuery: z.literal(true),
  rawSql: z.string().min(1),
});
const query = z.union([prometheusQuery, sqlQuery]);
export type StoredQuery = z.infer<typeof query>;

const link = z.strictObject({
  title: z.string().min(1),
  tooltip: z.string().min(1),
  type: z.enum(['link', 'dashboards']),
  url: z.string(),
  icon: z.string(),
  tags: z.array(z.string()),
  asDropdown: z.boolean(),
  includeVars: z.boolean(),
  keepTime: z.boolean(),
  targetBlank: z.boolean(),
});

const thresholds = z.strictObject({
  mode: z.literal('absolute'),
  steps: z.array(z.strictObject({ color: z.string(), value: z.number().nullable() })).min(1),
});
const result = z.strictObject({ text: z.string(), color: z.string(), index: z.number().int() });
const mapping = z.discriminatedUnion('type', [
  z.strictObject({ type: z.literal('value'), options: z.record(z.string(), result) }),
  z.strictObject({
    type: z.literal('range'),
    options: z.strictObject({ from: z.number().nullable(), to: z.number().nullable(), result }),
  }),
  z.strictObject({
    type: z.literal('special'),
    options: z.strictObject({ match: z.literal('null+nan'), result }),
  }),
]);
const color = z.strictObject({
  mode: z.enum(['thresholds', 'palette-classic-by-name', 'fixed']),
  fixedColor: z.string().optional(),
});

/** What an override may set, by its id in Grafana's registry of field options. */
const property = z.discriminatedUnion('id', [
  z.strictObject({ id: z.literal('unit'), value: unit }),
  z.strictObject({ id: z.literal('decimals'), value: z.number().int().nonnegative() }),
  z.strictObject({ id: z.literal('color'), value: color }),
  z.strictObject({ id: z.literal('thresholds'), value: thresholds }),
  z.strictObject({ id: z.literal('mappings'), value: z.array(mapping) }),
  z.strictObject({ id: z.literal('custom.width'), value: z.number().int().positive() }),
  z.strictObject({ id: z.literal('custom.inspect'), value: z.boolean() }),
  z.strictObject({
    id: z.literal('custom.cellOptions'),
    value: z.strictObject({ type: z.literal('color-text') }),
  }),
]);

const panel = z.strictObject({
  id: z.number().int().positive(),
  type: z.enum(['stat', 'timeseries', 'table', 'state-timeline', 'heatmap']),
  title: z.string().min(3).max(45),
  description: z.string().min(20),
  gridPos: z.strictObject({
    x: z.number().int().nonnegative(),
    y: z.number().int().nonnegative(),
    w: z.number().int().positive(),
    h: z.number().int().positive(),
  }),
  links: z.array(link),
  targets: z.array(query).min(1),
  /** Grafana's own types of them are what the definitions are compiled against. */
  options: z.record(z.string(), z.unknown()),
  fieldConfig: z.strictObject({
    defaults: z.strictObject({
      unit,
      min: z.number().optional(),
      max: z.number().optional(),
      noValue: z.string().optional(),
      color: color.optional(),
      thresholds,
      mappings: z.array(mapping).optional(),
      custom: z.record(z.string(), z.unknown()).optional(),
    }),
    overrides: z.array(
      z.strictObject({
        matcher: z.strictObject({ id: z.literal('byName'), options: z.string() }),
        properties: z.array(property).min(1),
      }),
    ),
  }),
});
export type StoredPanel = z.infer<typeof panel>;

const row = z.strictObject({
  id: z.number().int().positive(),
  type: z.literal('row'),
  title: z.string().min(3),
  collapsed: z.literal(false),
  gridPos: z.strictObject({ x: z.literal(0), y: z.number().int(), w: z.literal(24), h: z.literal(1) }),
  panels: z.tuple([]),
});

const option = z.strictObject({ text: z.string(), value: z.string(), selected: z.boolean().optional() });
const variable = z.strictObject({
  name: z.string().regex(/^[a-z]+$/),
  label: z.string().min(1),
  description: z.string().optional(),
  type: z.enum(['query', 'custom']),
  datasource: z.union([PROMETHEUS, POSTGRES]).optional(),
  query: z.union([
    z.string().min(1),
    z.strictObject({ qryType: z.literal(1), query: z.string(), refId: z.string() }),
  ]),
  current: option,
  options: z.array(option),
  hide: z.literal(0),
  skipUrlSync: z.literal(false),
  includeAll: z.boolean(),
  multi: z.boolean(),
  allValue: z.string().optional(),
  allowCustomValue: z.boolean().optional(),
  refresh: z.literal(2).optional(),
  regex: z.string().optional(),
  sort: z.literal(1).optional(),
});

const annotation = z.strictObject({
  name: z.string(),
  builtIn: z.literal(1).optional(),
  type: z.literal('dashboard').optional(),
  datasource: z.union([
    PROMETHEUS,
    POSTGRES,
    z.strictObject({ type: z.literal('grafana'), uid: z.string() }),
  ]),
  enable: z.literal(true),
  hide: z.boolean(),
  iconColor: z.string(),
  titleFormat: z.string().optional(),
  textFormat: z.string().optional(),
  tagKeys: z.string().optional(),
  target: query.optional(),
});

export const dashboard = z.strictObject({
  uid: z.string().regex(/^sluice-[a-z]{1,30}$/),
  title: z.string().min(1),
  description: z.string().min(1),
  tags: z.tuple([z.literal('sluice')]),
  schemaVersion: z.number().int().min(39).max(42),
  editable: z.boolean(),
  graphTooltip: z.literal(1),
  timezone: z.literal('browser'),
  time: z.strictObject({ from: z.string().regex(/^now-\d+[hd]$/), to: z.literal('now') }),
  timepicker: z.strictObject({}),
  refresh: z.string(),
  fiscalYearStartMonth: z.literal(0),
  links: z.array(link),
  templating: z.strictObject({ list: z.array(variable) }),
  annotations: z.strictObject({ list: z.array(annotation) }),
  panels: z.array(z.union([panel, row])),
});
export type StoredDashboard = z.infer<typeof dashboard>;

/** The dashboards as Grafana reads them. */
export const storedDashboards = (): { file: string; stored: unknown }[] =>
  BOARDS.map((board) => ({
    file: fileOf(board),
    stored: JSON.parse(readFileSync(fileOf(board), 'utf8')) as unknown,
  }));

export const panelsOf = ({ panels }: StoredDashboard): StoredPanel[] =>
  panels.filter((each): each is StoredPanel => each.type !== 'row');

/** Every query of panels and annotations, with what to call it when it is wrong. */
export const queriesOf = (stored: StoredDashboard): { of: string; query: StoredQuery }[] => [
  ...panelsOf(stored).flatMap(({ title, targets }) =>
    targets.map((target) => ({ of: `${stored.uid}: ${title} ${target.refId}`, query: target })),
  ),
  ...stored.annotations.list.flatMap(({ name, target }) =>
    target === undefined ? [] : [{ of: `${stored.uid}: ${name}`, query: target }],
  ),
];
