import { VariableHide, type VariableModel, VariableRefresh, VariableSort } from '@grafana/schema';
import { POSTGRES, PROMETHEUS } from './queries.js';

/** All of them, also those that nothing has named yet: what is looked for is a regular expression everywhere. */
const EVERYTHING = {
  includeAll: true,
  multi: true,
  allValue: '.*',
  current: { text: 'All', value: '$__all' },
};

const shown = { hide: VariableHide.dontHide, skipUrlSync: false, options: [] };

const ofPrometheus = (name: string, label: string, series: string): VariableModel => ({
  ...shown,
  ...EVERYTHING,
  name,
  label,
  type: 'query',
  datasource: PROMETHEUS,
  query: { qryType: 1, query: `label_values(${series}, ${name})`, refId: `variable-${name}` },
  refresh: VariableRefresh.onTimeRangeChanged,
  regex: '',
  sort: VariableSort.alphabeticalAsc,
});

const ofPostgres = (name: string, label: string, query: string): VariableModel => ({
  ...shown,
  ...EVERYTHING,
  name,
  label,
  type: 'query',
  datasource: POSTGRES,
  query,
  refresh: VariableRefresh.onTimeRangeChanged,
  regex: '',
  sort: VariableSort.alphabeticalAsc,
});

export const pool = ofPrometheus('pool', 'Pool', 'sluice_queue_jobs');
export const backend = ofPrometheus('backend', 'Backend', 'sluice_circuit_state');
export const model = ofPostgres(
  'model',
  'Model',
  'SELECT model FROM request_metrics WHERE $__timeFilter("timestamp") GROUP BY model ORDER BY count(*) DESC LIMIT 100',
);
export const tier = ofPostgres(
  'tier',
  'Tier',
  "SELECT DISTINCT tier FROM api_keys UNION SELECT 'anonymous' ORDER BY 1 LIMIT 100",
);
