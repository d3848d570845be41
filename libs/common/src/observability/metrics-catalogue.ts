import { API_METRICS } from './api-metrics.js';
import type { MetricEntry } from './metric-entry.js';
import { SCALER_METRICS } from './scaler-metrics.js';
import { WORKER_METRICS } from './worker-metrics.js';

/** Every metric, by name. Dashboards and alerts may ask only for what stands here. No label holds a caller's text. */
export const METRICS = { ...API_METRICS, ...WORKER_METRICS, ...SCALER_METRICS } as const;

export type MetricName = keyof typeof METRICS;
export type NameOf<Kind extends MetricEntry['kind']> = {
  [Name in MetricName]: (typeof METRICS)[Name]['kind'] extends Kind ? Name : never;
}[MetricName];
