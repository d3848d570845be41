import { to } from '../links.js';
import { series } from '../panels/series.js';
import { table } from '../panels/table.js';
import { over, rows } from '../queries.js';

export const lag = series({
  title: 'Lag of the fair queue',
  description:
    'How far the farthest tenant is ahead of its pool’s fair clock, in jobs at share 1; the ten longest.',
  width: 12,
  unit: 'none',
  links: [to('tenants', 'Which tenant')],
  queries: [over('{{pool}}', 'topk(10, max by (pool) (sluice_fair_queue_lag_jobs{pool=~"$pool"}))')],
});

export const fairness = table({
  title: 'Who waited longest',
  description:
    'The twenty tenants with the longest 95th percentile of waits. Under fair shares a tenant with few jobs waits little, however long others’ backlogs are.',
  width: 12,
  unit: 'none',
  links: [to('tenants', 'Tenants')],
  query: rows(`
    SELECT
      tenant_id AS tenant,
      min(client_id) AS caller,
      count(*) AS jobs,
      percentile_cont(0.5) WITHIN GROUP (ORDER BY queue_wait_ms) AS p50,
      percentile_cont(0.95) WITHIN GROUP (ORDER BY queue_wait_ms) AS p95
    FROM request_metrics r
    WHERE $__timeFilter("timestamp") AND pool ~ '^(\${pool:regex})$' AND queue_wait_ms IS NOT NULL
    GROUP BY tenant_id
    ORDER BY p95 DESC
    LIMIT 20`),
  columns: {
    jobs: { width: 90 },
    p50: { unit: 'ms', decimals: 0, width: 90 },
    p95: { unit: 'ms', decimals: 0, width: 90 },
  },
});

export const callers = series({
  title: 'Callers who wait',
  description:
    'Requests that wait for a settlement, callers who follow tokens, and open batches, over all API processes.',
  width: 8,
  unit: 'none',
  queries: [
    over('waiting', 'sum(sluice_waiting_requests)'),
    over('streaming', 'sum(sluice_streams)'),
    over('batches', 'sum(sluice_batches)'),
  ],
});

export const wakeUps = series({
  title: 'How callers learn of the end',
  description:
    'By message, or by the lookup below it. A steady share of lookups means that messages get lost, or that answers are large.',
  width: 8,
  unit: 'ops',
  queries: [over('{{via}}', 'sum by (via) (rate(sluice_wake_ups_total[$__rate_interval]))')],
});

export const batchLines = series({
  title: 'Lines of batches',
  description: 'Lines of batches that ended, by result.',
  width: 8,
  unit: 'ops',
  meaning: ['completed', 'failed'],
  queries: [over('{{result}}', 'sum by (result) (rate(sluice_batch_lines_total[$__rate_interval]))')],
});
