import type { Board } from '../board.js';
import { share } from '../expressions.js';
import { to } from '../links.js';
import { atMost } from '../look.js';
import { series } from '../panels/series.js';
import { tile } from '../panels/tile.js';
import { over, rows } from '../queries.js';
import { pool, tier } from '../variables.js';
import { chosen, WITH_TIER } from './chosen.js';
import { greatest, jobsByTenant, waitByTier } from './tenant-rows.js';

const LIMITS = 'requests|tokens|concurrent|queued|budget|key_budget';
const ADMISSIONS = 'sluice_admissions_total{pool=~"$pool"}';

const tiles = [
  tile({
    title: 'Refused by limits',
    description:
      'Share of the submissions of the last five minutes that a limit of their caller refused (429). The callers’ own doing, unless a backend’s failures reduce the rates: see “Rate that is let in”.',
    value: share(
      `rate(sluice_admissions_total{pool=~"$pool", decision=~"${LIMITS}"}[5m])`,
      `rate(${ADMISSIONS}[5m])`,
    ),
    thresholds: atMost(0.05, 0.25),
    unit: 'percentunit',
    decimals: 1,
    none: 'no submissions',
  }),
  tile({
    title: 'Refused by us',
    description:
      'Share of the submissions of the last five minutes that were refused because a queue was full, a wait would be too long, or a store was away.',
    value: share(
      'rate(sluice_admissions_total{pool=~"$pool", decision=~"queue_full|overloaded|dependency_unavailable"}[5m])',
      `rate(${ADMISSIONS}[5m])`,
    ),
    thresholds: atMost(0.001, 0.05),
    unit: 'percentunit',
    decimals: 1,
    none: 'no submissions',
    links: [to('queues', 'Queues')],
  }),
  tile({
    title: 'Out of budget',
    description:
      'Submissions of the last hour that a budget for the day refused: those callers wait until midnight UTC or for somebody to raise it.',
    value:
      'sum(increase(sluice_admissions_total{pool=~"$pool", decision=~"budget|key_budget"}[1h])) or vector(0)',
    thresholds: atMost(1, 1000),
    links: [to('cost', 'Cost')],
  }),
  tile({
    title: 'Rate that is let in',
    description: 'The least factor by which failing backends reduce the admitted rates; 100 % is not at all.',
    value: 'min(sluice_adaptive_factor)',
    unit: 'percentunit',
    links: [to('backends', 'Backends')],
  }),
  tile({
    title: 'Keys refused',
    description:
      'Requests of the last hour with a key that is none, or from an address with too many of them. Many are somebody who tries keys, or a customer with an old one.',
    value: 'sum(increase(sluice_authentications_total{result=~"refused|limited"}[1h])) or vector(0)',
    thresholds: atMost(10, 1000),
  }),
  tile({
    title: 'Active tenants',
    description: 'Tenants with a job that ended in the time range.',
    value: rows(`
      SELECT count(DISTINCT r.tenant_id) AS "Active tenants"
      FROM request_metrics r ${WITH_TIER}
      WHERE ${chosen('pool', 'tier')}
      LIMIT 1`),
  }),
];

const decisions = series({
  title: 'Refusals by rule',
  description: 'Submissions that were refused, by the rule or code that refused them.',
  width: 12,
  unit: 'reqps',
  stacked: true,
  queries: [
    over(
      '{{decision}}',
      'topk(15, sum by (decision) (rate(sluice_admissions_total{pool=~"$pool", decision!="admitted"}[$__rate_interval])))',
    ),
  ],
});

const hits = series({
  title: 'Refusals by kind of caller',
  description: 'Answers with 429, by how the caller was known, and what rules in shadow would have refused.',
  width: 12,
  unit: 'reqps',
  queries: [
    over(
      '{{identifier_type}}',
      'sum by (identifier_type) (rate(llm_rate_limit_hits_total[$__rate_interval]))',
    ),
    over(
      'in shadow: {{rule}}',
      'sum by (rule) (rate(sluice_rate_limit_shadow_hits_total[$__rate_interval]))',
    ),
  ],
});

const keys = series({
  title: 'Keys looked at',
  description:
    'Where a valid key was found (memory, redis, database) or how it ended. “unavailable” is PostgreSQL or Redis away and a key that is not known here.',
  width: 12,
  unit: 'reqps',
  stacked: true,
  meaning: ['unavailable'],
  queries: [over('{{result}}', 'sum by (result) (rate(sluice_authentications_total[$__rate_interval]))')],
});

const lag = series({
  title: 'Backlogs and repetitions',
  description:
    'How far the farthest tenant of each pool is ahead of the fair clock, in jobs (the ten farthest), and requests that were answered with the job of an earlier one.',
  width: 12,
  unit: 'none',
  links: [to('queues', 'Queues')],
  queries: [
    over('lag: {{pool}}', 'topk(10, max by (pool) (sluice_fair_queue_lag_jobs{pool=~"$pool"}))'),
    over('repeated', 'sum(increase(sluice_idempotent_replays_total[$__rate_interval]))'),
  ],
});

export const tenants: Board = {
  name: 'tenants',
  title: 'tenants and limits',
  description: 'Who sends how much, who is refused, and by which rule?',
  variables: [tier, pool],
  annotations: [],
  sections: [
    { heading: null, height: 5, drafts: tiles },
    { heading: 'Limits', height: 8, drafts: [decisions, hits] },
    { heading: 'Tenants', height: 10, drafts: [greatest] },
    { heading: 'Shares', height: 8, drafts: [jobsByTenant, waitByTier] },
    { heading: 'Keys and backlogs', height: 8, drafts: [keys, lag] },
  ],
};
