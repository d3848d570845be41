import { crashes, scalingDecisions } from '../annotations.js';
import type { Board } from '../board.js';
import { led, PROMISE, quantile } from '../expressions.js';
import { to } from '../links.js';
import { atMost } from '../look.js';
import { series } from '../panels/series.js';
import { tile } from '../panels/tile.js';
import { over } from '../queries.js';
import { ceiling, sight } from '../questions.js';
import { pool } from '../variables.js';
import { decisionTable, forecasts, offered } from './scaler-rows.js';

const tiles = [
  sight,
  ceiling,
  tile({
    title: 'Crashes',
    description:
      'Workers of the last hour that ended by themselves before they were ready or within 30 s. Three in a row put an image in quarantine: docs/scaling.md, “When something is away”.',
    value: 'sum(increase(sluice_scaler_crashes_total{pool=~"$pool"}[1h])) or vector(0)',
    thresholds: atMost(1, 3),
  }),
  tile({
    title: 'Failed actions',
    description:
      'What the driver or a worker refused in the last hour: docs/scaling.md, “When something is away”.',
    value: 'sum(increase(sluice_scaler_actions_total{pool=~"$pool", result="failed"}[1h])) or vector(0)',
    thresholds: atMost(1, 10),
  }),
  tile({
    title: 'Cold start',
    description:
      'From the start of a worker to its first heartbeat, 90th percentile of the last twenty, for the slowest pool. Whatever comes sooner than that has to wait.',
    value: `max(${led('sluice_scaler_cold_start_seconds{pool=~"$pool"}')})`,
    thresholds: atMost(30, 120),
    unit: 's',
    decimals: 1,
  }),
  tile({
    title: 'Changes in an hour',
    description:
      'Decisions of the last hour that wanted another number of workers. Many are a fleet that swings: a longer down_window_seconds calms it.',
    value: 'sum(increase(sluice_scaler_decisions_total{pool=~"$pool", action=~"up|down"}[1h])) or vector(0)',
    thresholds: atMost(60, 300),
  }),
];

const fleet = series({
  title: 'Workers wanted and there',
  description:
    'The purple marks are decisions: point at one to read its reasons, which are the sentences of GET /admin/pools/{pool}/explain.',
  width: 16,
  unit: 'none',
  steps: true,
  meaning: ['wanted', 'starting', 'ready', 'cordoned', 'draining'],
  queries: [
    over('wanted', `sum(${led('sluice_scaler_desired_workers{pool=~"$pool"}')})`),
    over('{{state}}', `sum by (state) (${led('sluice_scaler_workers{pool=~"$pool"}')})`),
  ],
});

const byPool = series({
  title: 'Wanted by pool',
  description: 'The ten pools that want most.',
  width: 8,
  unit: 'none',
  steps: true,
  queries: [
    over('{{pool}}', `topk(10, max by (pool) (${led('sluice_scaler_desired_workers{pool=~"$pool"}')}))`),
  ],
});

const codes = series({
  title: 'What decides',
  description:
    'Decisions per minute by the step that came last, the ten most frequent. docs/scaling.md explains the steps.',
  width: 8,
  unit: 'cpm',
  stacked: true,
  queries: [
    over(
      '{{code}}',
      'topk(10, sum by (code) (rate(sluice_scaler_decisions_total{pool=~"$pool"}[$__rate_interval])) * 60)',
    ),
  ],
});

const actions = series({
  title: 'What is done',
  description: 'What was asked of the driver and of workers, and whether it was done.',
  width: 8,
  unit: 'none',
  bars: true,
  stacked: true,
  queries: [
    over(
      '{{action}}: {{result}}',
      'topk(12, sum by (action, result) (increase(sluice_scaler_actions_total{pool=~"$pool"}[$__rate_interval])))',
    ),
  ],
});

const promise = series({
  title: 'Is it enough?',
  description:
    'Wait of the jobs that began, 95th percentile by pool (the ten worst), and the shortest promise.',
  width: 8,
  unit: 's',
  meaning: ['promise'],
  links: [to('queues', 'Queues')],
  queries: [
    over(
      '{{pool}}',
      `topk(10, ${quantile(0.95, 'sluice_queue_wait_seconds_bucket{pool=~"$pool"}', 'pool')})`,
    ),
    over('promise', `min(${PROMISE})`),
  ],
});

const age = series({
  title: 'Age of the readings',
  description:
    'By pool, the ten oldest. 0 while readings succeed; above three ticks nobody leaves, above ten the scaler is blind.',
  width: 8,
  unit: 's',
  thresholds: atMost(6, 20),
  queries: [
    over('{{pool}}', `topk(10, max by (pool) (${led('sluice_scaler_reading_age_seconds{pool=~"$pool"}')}))`),
  ],
});

const began = series({
  title: 'Jobs begun by worker',
  description:
    'Jobs per second of the ten busiest workers. One that does nothing while others are busy is stuck or cordoned.',
  width: 8,
  unit: 'ops',
  queries: [
    over(
      '{{worker}}',
      'topk(10, sum by (worker) (rate(llm_instance_requests_total{pool=~"$pool"}[$__rate_interval])))',
    ),
  ],
});

const duration = series({
  title: 'Time of a job on its worker',
  description:
    'From the start of a job on a worker to its end: the service time that the scaler reckons with.',
  width: 8,
  unit: 's',
  meaning: ['p50', 'p95', 'p99'],
  queries: [
    over('p50', quantile(0.5, 'llm_instance_duration_seconds_bucket{pool=~"$pool"}')),
    over('p95', quantile(0.95, 'llm_instance_duration_seconds_bucket{pool=~"$pool"}')),
    over('p99', quantile(0.99, 'llm_instance_duration_seconds_bucket{pool=~"$pool"}')),
  ],
});

export const scaler: Board = {
  name: 'scaler',
  title: 'scaler',
  description: 'How many workers are there, why, and is it enough?',
  variables: [pool],
  annotations: [scalingDecisions, crashes],
  from: 'now-3h',
  sections: [
    { heading: null, height: 5, drafts: tiles },
    { heading: 'Fleet', height: 9, drafts: [fleet, byPool] },
    { heading: 'Decisions and their reasons', height: 10, drafts: [decisionTable] },
    { heading: 'What decides, what is done, is it enough', height: 8, drafts: [codes, actions, promise] },
    { heading: 'Workers', height: 8, drafts: [age, began, duration] },
    { heading: 'Work and forecasts', height: 8, drafts: [offered, forecasts] },
  ],
};
