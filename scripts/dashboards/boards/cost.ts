import type { Board } from '../board.js';
import { to } from '../links.js';
import { atMost } from '../look.js';
import { series } from '../panels/series.js';
import { type Column, table } from '../panels/table.js';
import { tile } from '../panels/tile.js';
import { over, rows, rowsOverTime } from '../queries.js';
import { backend, model, pool, tier } from '../variables.js';
import { chosen, WITH_TIER } from './chosen.js';

const ROWS = `FROM request_metrics r ${WITH_TIER} WHERE ${chosen('model', 'tier', 'pool', 'backend')}`;

const tiles = [
  tile({
    title: 'Cost',
    description:
      'What the jobs that ended in the time range cost. Models without a price cost nothing: see “Without a price”.',
    value: rows(`SELECT coalesce(sum(r.cost_usd), 0) AS "Cost" ${ROWS} LIMIT 1`),
    unit: 'currencyUSD',
    decimals: 2,
  }),
  tile({
    title: 'Cost in a month',
    description: 'What thirty days cost if they are like the last hour, of the backends that are chosen.',
    value: 'sum(rate(sluice_cost_usd_total{backend=~"$backend"}[1h])) * 86400 * 30',
    unit: 'currencyUSD',
    decimals: 0,
    none: 'nothing yet',
  }),
  tile({
    title: 'Of a thousand jobs',
    description: 'What a thousand completed jobs of the time range cost.',
    value: rows(
      `SELECT sum(r.cost_usd) * 1000 / nullif(count(*) FILTER (WHERE r.success), 0) AS "Of a thousand jobs" ${ROWS} LIMIT 1`,
    ),
    unit: 'currencyUSD',
    decimals: 2,
    none: 'no jobs',
  }),
  tile({
    title: 'Paid for nothing',
    description: 'Part of the cost that went into jobs that failed, expired or were cancelled.',
    value: rows(
      `SELECT sum(r.cost_usd) FILTER (WHERE NOT r.success) / nullif(sum(r.cost_usd), 0) AS "Paid for nothing" ${ROWS} LIMIT 1`,
    ),
    unit: 'percentunit',
    decimals: 1,
    thresholds: atMost(0.05, 0.2),
    none: 'nothing',
    links: [to('backends', 'What fails')],
  }),
  tile({
    title: 'Without a price',
    description:
      'Share of the completed jobs with tokens that cost nothing, because no price fits their model. Add it to prices in the configuration.',
    value: rows(`
      SELECT avg((coalesce(r.cost_usd, 0) = 0)::int) FILTER (WHERE r.success AND r.output_tokens > 0) AS "Without a price"
      ${ROWS} LIMIT 1`),
    unit: 'percentunit',
    decimals: 0,
    thresholds: atMost(0.01, 0.5),
    none: 'no jobs',
  }),
  tile({
    title: 'Estimated',
    description:
      'Share of the jobs whose backend counted no tokens: their numbers, and so their cost, are estimates.',
    value: rows(`SELECT avg(r.usage_estimated::int) AS "Estimated" ${ROWS} LIMIT 1`),
    unit: 'percentunit',
    decimals: 0,
    thresholds: atMost(0.05, 0.5),
    none: 'no jobs',
  }),
];

const byModel = series({
  title: 'Cost by model',
  description: 'Of the ten most expensive models of the time range.',
  width: 12,
  unit: 'currencyUSD',
  stacked: true,
  bars: true,
  queries: [
    rowsOverTime(`
      SELECT $__timeGroupAlias(r."timestamp", $__interval), r.model AS metric, sum(r.cost_usd) AS cost
      ${ROWS} AND r.cost_usd IS NOT NULL AND r.model IN (
        SELECT r.model ${ROWS} GROUP BY r.model ORDER BY sum(r.cost_usd) DESC NULLS LAST LIMIT 10
      )
      GROUP BY 1, 2
      ORDER BY 1`),
  ],
});

const perHour = series({
  title: 'Cost per hour by backend',
  description: 'As it is spent, the ten most expensive backends.',
  width: 12,
  unit: 'currencyUSD',
  stacked: true,
  queries: [
    over(
      '{{backend}}',
      'topk(10, sum by (backend) (rate(sluice_cost_usd_total{backend=~"$backend"}[$__rate_interval])) * 3600)',
    ),
  ],
});

const columns: Readonly<Record<string, Column>> = {
  'input tokens': { unit: 'short' },
  'output tokens': { unit: 'short' },
  cost: { unit: 'currencyUSD', decimals: 4 },
  'of all': { unit: 'percentunit', decimals: 1 },
};

/** Cost of the time range by one thing, the most expensive first. */
const ranking = (title: string, description: string, selected: string, groups: number) =>
  table({
    title,
    description,
    width: 12,
    unit: 'none',
    query: rows(`
      SELECT ${selected},
        count(*) AS jobs,
        sum(r.input_tokens) AS "input tokens",
        sum(r.output_tokens) AS "output tokens",
        sum(r.cost_usd) AS cost,
        sum(r.cost_usd) / nullif(sum(sum(r.cost_usd)) OVER (), 0) AS "of all"
      ${ROWS}
      GROUP BY ${Array.from({ length: groups }, (_, at) => at + 1).join(', ')}
      ORDER BY cost DESC NULLS LAST
      LIMIT 20`),
    columns,
  });

const tokens = series({
  title: 'Tokens',
  description: 'Tokens per second of settled jobs, of the backends that are chosen.',
  width: 12,
  unit: 'short',
  meaning: ['input', 'output'],
  queries: [
    over(
      '{{direction}}',
      'sum by (direction) (rate(sluice_tokens_total{backend=~"$backend"}[$__rate_interval]))',
    ),
  ],
});

export const cost: Board = {
  name: 'cost',
  title: 'cost',
  description: 'What do jobs cost, whose are they, and what is paid for nothing?',
  variables: [model, tier, pool, backend],
  annotations: [],
  from: 'now-24h',
  sections: [
    { heading: null, height: 5, drafts: tiles },
    { heading: 'Over time', height: 9, drafts: [byModel, perHour] },
    {
      heading: 'Whose, and what for',
      height: 9,
      drafts: [
        ranking(
          'By tenant',
          'The twenty most expensive tenants, with their tier.',
          'r.tenant_id AS tenant, k.tier AS tier',
          2,
        ),
        ranking(
          'By model',
          'The twenty most expensive models, with the backend that answered.',
          'r.model, r.backend_id AS backend',
          2,
        ),
        ranking(
          'By tier and pool',
          'The twenty most expensive tiers and pools.',
          'k.tier AS tier, r.pool',
          2,
        ),
        tokens,
      ],
    },
  ],
};
