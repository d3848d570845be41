import type { Board } from '../board.js';
import { quantile, share } from '../expressions.js';
import { atMost } from '../look.js';
import { series } from '../panels/series.js';
import { table } from '../panels/table.js';
import { tile } from '../panels/tile.js';
import { over, rows } from '../queries.js';
import { telling } from '../questions.js';

const TRIED = 'sluice_webhook_attempts_total{result=~"delivered|failed|dead"}';

const tiles = [
  telling,
  tile({
    title: 'Attempts that fail',
    description:
      'Share of the attempts of the last 15 minutes that a receiver did not accept. One bad receiver can be all of it: see the table below.',
    value: share('rate(sluice_webhook_attempts_total{result=~"failed|dead"}[15m])', `rate(${TRIED}[15m])`),
    thresholds: atMost(0.1, 0.5),
    unit: 'percentunit',
    decimals: 1,
    none: 'no attempts',
  }),
  tile({
    title: 'Given up',
    description:
      'Deliveries of the last hour that no attempt follows. They can be sent again: docs/webhooks.md.',
    value: 'sum(increase(sluice_webhook_attempts_total{result="dead"}[1h])) or vector(0)',
    thresholds: atMost(1, 100),
  }),
  tile({
    title: 'Time to deliver, p95',
    description:
      'From the end of a job until its webhook was delivered, over 15 minutes; replays do not count.',
    value: 'histogram_quantile(0.95, sum by (le) (rate(sluice_webhook_delivery_seconds_bucket[15m])))',
    thresholds: atMost(10, 60),
    unit: 's',
    decimals: 1,
    none: 'none delivered',
  }),
  tile({
    title: 'Endpoints disabled',
    description:
      'Endpoints that were disabled within a day, because they are gone (410) or fail for too long. Their owners are told nothing until they enable them again.',
    value: 'sum(increase(sluice_webhook_endpoints_disabled_total[1d])) or vector(0)',
    thresholds: atMost(1, 10),
  }),
  tile({
    title: 'Rows rejected',
    description:
      'Rows that PostgreSQL refused in the last hour and that were set aside, of jobs and of webhooks. Any at all is a defect.',
    value:
      '(sum(increase(sluice_recorder_rows_total{result="rejected"}[1h])) or vector(0)) + (sum(increase(sluice_webhook_log_entries_total{result="rejected"}[1h])) or vector(0))',
    thresholds: atMost(1, 1),
  }),
];

const queue = series({
  title: 'Queue of webhooks',
  description: 'Deliveries that wait for a worker, wait for their next attempt, or are under way.',
  width: 8,
  unit: 'none',
  stacked: true,
  meaning: ['ready', 'delayed', 'active'],
  queries: [over('{{state}}', 'max by (state) (sluice_webhook_queue_depth)')],
});

const attempts = series({
  title: 'Attempts',
  description:
    'What came of the attempts. Postponed ones were not made: the receiver has as many calls open as it may, or nothing can sign.',
  width: 8,
  unit: 'ops',
  stacked: true,
  meaning: ['delivered', 'failed', 'dead', 'postponed'],
  queries: [over('{{result}}', 'sum by (result) (rate(sluice_webhook_attempts_total[$__rate_interval]))')],
});

const time = series({
  title: 'Time to deliver',
  description:
    'From the end of a job until its webhook was delivered. Retries are in it, so one bad receiver lifts the 99th percentile.',
  width: 8,
  unit: 's',
  meaning: ['p50', 'p95', 'p99'],
  queries: [
    over('p50', quantile(0.5, 'sluice_webhook_delivery_seconds_bucket')),
    over('p95', quantile(0.95, 'sluice_webhook_delivery_seconds_bucket')),
    over('p99', quantile(0.99, 'sluice_webhook_delivery_seconds_bucket')),
  ],
});

const receivers = table({
  title: 'Receivers with most failures',
  description:
    'The twenty receivers with most failed attempts in the time range. One without an id was named by a job.',
  width: 12,
  unit: 'none',
  query: rows(`
    SELECT
      coalesce(d.endpoint_id, 'named by jobs') AS endpoint,
      d.tenant,
      count(*) AS attempts,
      avg((a.status <> 'delivered')::int) AS failed,
      percentile_cont(0.95) WITHIN GROUP (ORDER BY a.latency_ms) AS p95,
      mode() WITHIN GROUP (ORDER BY a.response_status) FILTER (WHERE a.status <> 'delivered') AS "usual answer"
    FROM webhook_attempts a
    JOIN webhook_deliveries d ON d.id = a.delivery_id
    WHERE $__timeFilter(a.at)
    GROUP BY 1, 2
    ORDER BY count(*) FILTER (WHERE a.status <> 'delivered') DESC, 3 DESC
    LIMIT 20`),
  columns: {
    attempts: { width: 90 },
    failed: { unit: 'percentunit', decimals: 1, thresholds: atMost(0.1, 0.5), width: 90 },
    p95: { unit: 'ms', decimals: 0, width: 90 },
    'usual answer': { width: 110 },
  },
});

const dead = table({
  title: 'Given up and late',
  description:
    'The fifty newest deliveries of the time range that were given up or are still not delivered after an attempt. GET /v1/webhooks/deliveries shows each with its bytes.',
  width: 12,
  unit: 'none',
  query: rows(`
    SELECT created_at AS time, status, event, tenant, attempts, response_status AS answer, error, id
    FROM webhook_deliveries
    WHERE $__timeFilter(created_at) AND status <> 'delivered' AND attempts > 0
    ORDER BY created_at DESC
    LIMIT 50`),
  columns: {
    time: { unit: 'dateTimeAsIso', width: 170 },
    status: { width: 80 },
    attempts: { width: 80 },
    answer: { width: 70 },
    error: { isLong: true },
  },
});

const lags = series({
  title: 'What is not told yet',
  description: 'Entries of the streams that are not in PostgreSQL or in the queue of webhooks yet.',
  width: 8,
  unit: 'none',
  queries: [
    over('rows', 'max(sluice_recorder_lag_entries)'),
    over('webhooks', 'max(sluice_webhook_dispatch_lag_entries)'),
    over('log of webhooks', 'max(sluice_webhook_log_lag_entries)'),
  ],
});

const recorded = series({
  title: 'Rows recorded',
  description:
    'Settlements and entries of the webhooks’ log by what became of their rows. Duplicates are told twice and written once; that is as it should be.',
  width: 8,
  unit: 'ops',
  queries: [
    over('jobs: {{result}}', 'sum by (result) (rate(sluice_recorder_rows_total[$__rate_interval]))'),
    over(
      'webhooks: {{result}}',
      'sum by (result) (rate(sluice_webhook_log_entries_total[$__rate_interval]))',
    ),
  ],
});

const deleted = series({
  title: 'Rows deleted by age',
  description: 'Rows whose retention had passed, by table. One worker deletes, once an hour.',
  width: 8,
  unit: 'none',
  bars: true,
  stacked: true,
  queries: [over('{{table}}', 'sum by (table) (increase(sluice_retention_rows_total[$__rate_interval]))')],
});

export const webhooks: Board = {
  name: 'webhooks',
  title: 'webhooks',
  description: 'Is everybody told in time, and who cannot be told?',
  variables: [],
  annotations: [],
  from: 'now-6h',
  sections: [
    { heading: null, height: 5, drafts: tiles },
    { heading: 'Deliveries', height: 8, drafts: [queue, attempts, time] },
    { heading: 'Receivers', height: 10, drafts: [receivers, dead] },
    { heading: 'Records', height: 8, drafts: [lags, recorded, deleted] },
  ],
};
