export const PROMETHEUS = { type: 'prometheus', uid: 'prometheus' } as const;
export const POSTGRES = { type: 'grafana-postgresql-datasource', uid: 'postgres' } as const;

/** Aliases, not interfaces: Grafana's types take only what has an index signature. */
export type PrometheusQuery = {
  refId: string;
  datasource: typeof PROMETHEUS;
  editorMode: 'code';
  expr: string;
  legendFormat: string;
  /** One value for now, or one for each step of the time range. */
  instant: boolean;
  range: boolean;
  format: 'time_series' | 'table' | 'heatmap';
};

export type SqlQuery = {
  refId: string;
  datasource: typeof POSTGRES;
  editorMode: 'code';
  format: 'table' | 'time_series';
  rawQuery: true;
  rawSql: string;
};

export type Query = PrometheusQuery | SqlQuery;

const oneLine = (text: string): string => text.replace(/\s+/g, ' ').trim();

/** The value of an expression now. */
export const now = (legend: string, expr: string): PrometheusQuery => ({
  refId: 'A',
  datasource: PROMETHEUS,
  editorMode: 'code',
  expr: oneLine(expr),
  legendFormat: legend,
  instant: true,
  range: false,
  format: 'time_series',
});

/** The values of an expression over the time range. */
export const over = (legend: string, expr: string): PrometheusQuery => ({
  ...now(legend, expr),
  instant: false,
  range: true,
});

export const heat = (expr: string): PrometheusQuery => ({ ...over('{{le}}', expr), format: 'heatmap' });

/** Rows of a table, or the one row of a number. */
export const rows = (rawSql: string): SqlQuery => ({
  refId: 'A',
  datasource: POSTGRES,
  editorMode: 'code',
  format: 'table',
  rawQuery: true,
  rawSql: oneLine(rawSql),
});

/** Columns `time`, `metric` and a value, in the order of time. */
export const rowsOverTime = (rawSql: string): SqlQuery => ({ ...rows(rawSql), format: 'time_series' });

/** Letters tell the queries of a panel apart. */
export const lettered = <Q extends Query>(queries: readonly Q[]): Q[] =>
  queries.map((query, index) => ({ ...query, refId: String.fromCharCode(65 + index) }));
