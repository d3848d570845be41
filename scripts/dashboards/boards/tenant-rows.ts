import { to } from '../links.js';
import { atMost } from '../look.js';
import { series } from '../panels/series.js';
import { table } from '../panels/table.js';
import { rows, rowsOverTime } from '../queries.js';
import { chosen, WITH_TIER } from './chosen.js';

export const greatest = table({
  title: 'Greatest tenants',
  description:
    'The twenty tenants with most jobs of the time range. A caller is one of its identifiers; a tenant is a digest of its name, its key or its address.',
  width: 24,
  unit: 'none',
  links: [to('cost', 'Cost by tenant')],
  query: rows(`
    SELECT
      r.tenant_id AS tenant,
      min(r.client_id) AS caller,
      min(k.tier) AS tier,
      count(*) AS jobs,
      avg((NOT r.success)::int) AS failed,
      percentile_cont(0.95) WITHIN GROUP (ORDER BY r.queue_wait_ms) AS "wait p95",
      sum(r.input_tokens) AS "input tokens",
      sum(r.output_tokens) AS "output tokens",
      sum(r.cost_usd) AS cost,
      mode() WITHIN GROUP (ORDER BY r.error_code) FILTER (WHERE r.error_code IS NOT NULL) AS "most frequent error"
    FROM request_metrics r ${WITH_TIER}
    WHERE ${chosen('pool', 'tier')}
    GROUP BY r.tenant_id
    ORDER BY jobs DESC
    LIMIT 20`),
  columns: {
    failed: { unit: 'percentunit', decimals: 1, thresholds: atMost(0.01, 0.05) },
    'wait p95': { unit: 'ms', decimals: 0 },
    'input tokens': { unit: 'short' },
    'output tokens': { unit: 'short' },
    cost: { unit: 'currencyUSD', decimals: 2 },
  },
});

export const jobsByTenant = series({
  title: 'Jobs of the greatest tenants',
  description: 'Jobs that ended, of the five tenants with most of them in the time range.',
  width: 12,
  unit: 'none',
  stacked: true,
  bars: true,
  queries: [
    rowsOverTime(`
      SELECT $__timeGroupAlias(r."timestamp", $__interval), r.tenant_id AS metric, count(*) AS jobs
      FROM request_metrics r ${WITH_TIER}
      WHERE ${chosen('pool', 'tier')} AND r.tenant_id IN (
        SELECT r.tenant_id FROM request_metrics r ${WITH_TIER}
        WHERE ${chosen('pool', 'tier')}
        GROUP BY r.tenant_id ORDER BY count(*) DESC LIMIT 5
      )
      GROUP BY 1, 2
      ORDER BY 1`),
  ],
});

export const waitByTier = series({
  title: 'Wait by tier, p95',
  description:
    'From acceptance to the first start, by tier, the ten tiers with most jobs: a greater share should wait less.',
  width: 12,
  unit: 'ms',
  queries: [
    rowsOverTime(`
      SELECT
        $__timeGroupAlias(r."timestamp", $__interval),
        k.tier AS metric,
        percentile_cont(0.95) WITHIN GROUP (ORDER BY r.queue_wait_ms) AS wait
      FROM request_metrics r ${WITH_TIER}
      WHERE ${chosen('pool', 'tier')} AND r.queue_wait_ms IS NOT NULL AND k.tier IN (
        SELECT k.tier FROM request_metrics r ${WITH_TIER}
        WHERE ${chosen('pool', 'tier')}
        GROUP BY k.tier ORDER BY count(*) DESC LIMIT 10
      )
      GROUP BY 1, 2
      ORDER BY 1`),
  ],
});
