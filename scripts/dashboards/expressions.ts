import { SERVER_ERRORS } from '#common/errors/server-errors.js';

/** Answers that are our fault or a backend's: codes with a status from 500 on, and defects. */
export const FAILING = [...Object.keys(SERVER_ERRORS), 'error'].join('|');

/** What a ceiling of the fleet is called among the codes of decisions. */
export const CEILINGS = 'max|budget|order_ceiling|backend_connections';

/** Series of the scaler that leads: one that led a moment ago may still show its last numbers. */
export const led = (series: string): string => `(${series} and on (scaler) (sluice_scaler_leader == 1))`;

/** A part of a whole, where a part that was never counted is none. `by` names the labels of both. */
export const share = (part: string, whole: string, by = ''): string =>
  by === ''
    ? `(sum(${part}) or vector(0)) / sum(${whole})`
    : `(sum by (${by}) (${part}) or sum by (${by}) (${whole}) * 0) / sum by (${by}) (${whole})`;

/** A quantile of a histogram over each step of the time range. */
export const quantile = (q: number, buckets: string, by = ''): string =>
  `histogram_quantile(${q}, sum by (${by === '' ? 'le' : `${by}, le`}) (rate(${buckets}[$__rate_interval])))`;

/** The wait that a pool promises, in seconds: what its scaler is configured for, or the default where none runs. */
export const PROMISE = `(max by (pool) (sluice_scaler_wait_objective_seconds{pool=~"$pool"})
  or max by (pool) (sluice_queue_jobs{pool=~"$pool"}) * 0 + 15)`;
