import { crashes, scalingDecisions } from '../annotations.js';
import type { Board } from '../board.js';
import { PROMISE, quantile } from '../expressions.js';
import { to } from '../links.js';
import { atMost } from '../look.js';
import { heatmap } from '../panels/heatmap.js';
import { series } from '../panels/series.js';
import { tile } from '../panels/tile.js';
import { heat, over } from '../queries.js';
import { waiting } from '../questions.js';
import { pool } from '../variables.js';
import { batchLines, callers, fairness, lag, wakeUps } from './fairness.js';

const WAITS = 'sluice_queue_wait_seconds_bucket{pool=~"$pool"}';

const jobs = (state: string): string =>
  `sum(max by (pool) (sluice_queue_jobs{pool=~"$pool", state="${state}"}))`;

const tiles = [
  waiting,
  tile({
    title: 'Queued',
    description: 'Jobs that wait for a worker. Amber from 100: look at the waits before you worry.',
    value: jobs('queued'),
    thresholds: atMost(100, 10_000),
  }),
  tile({
    title: 'Deferred',
    description: 'Jobs that wait for a backend: its circuit is open, or it asked for a rest.',
    value: jobs('deferred'),
    thresholds: atMost(1, 100),
    links: [to('backends', 'Backends')],
  }),
  tile({
    title: 'Dead letters',
    description:
      'Jobs that were given up and are kept for somebody to look at: docs/failure-modes.md, “Dead letters”.',
    value: jobs('failed'),
    thresholds: atMost(1, 100),
  }),
  tile({
    title: 'Swept in the last hour',
    description: 'Jobs that no worker ended: past their deadline, lost, or their worker died.',
    value: 'sum(increase(sluice_swept_total[1h])) or vector(0)',
    thresholds: atMost(1, 10),
  }),
  tile({
    title: 'Fair lag',
    description:
      'How far the farthest tenant is ahead of its pool’s fair clock, in jobs at share 1. It is high while somebody has a long backlog; others overtake it.',
    value: 'max(sluice_fair_queue_lag_jobs{pool=~"$pool"})',
    thresholds: atMost(1000, 100_000),
    links: [to('tenants', 'Whose backlog')],
  }),
];

const states = series({
  title: 'Jobs by state',
  description: 'Jobs of the pools that are chosen, by where they are.',
  width: 12,
  unit: 'none',
  stacked: true,
  meaning: ['queued', 'deferred', 'active', 'failed'],
  queries: [over('{{state}}', 'sum by (state) (max by (pool, state) (sluice_queue_jobs{pool=~"$pool"}))')],
});

const queued = series({
  title: 'Queued by pool',
  description: 'The ten longest queues.',
  width: 12,
  unit: 'none',
  queries: [over('{{pool}}', 'topk(10, max by (pool) (sluice_queue_jobs{pool=~"$pool", state="queued"}))')],
});

const waits = series({
  title: 'Wait of the jobs that began',
  description:
    'From acceptance to the first start, over the pools that are chosen, and the shortest promise.',
  width: 8,
  unit: 's',
  meaning: ['p50', 'p95', 'p99', 'promise'],
  queries: [
    over('p50', quantile(0.5, WAITS)),
    over('p95', quantile(0.95, WAITS)),
    over('p99', quantile(0.99, WAITS)),
    over('promise', `min(${PROMISE})`),
  ],
});

const ahead = series({
  title: 'Wait of those in line',
  description:
    'Next: how long the job that is taken next has waited. Last: jobs that are queued divided by how many begin each second, which is how long the last one will wait if nothing changes; it rises before the waits do. The ten worst pools of each.',
  width: 8,
  unit: 's',
  meaning: ['promise'],
  queries: [
    over('next: {{pool}}', 'topk(10, max by (pool) (sluice_queue_head_wait_seconds{pool=~"$pool"}))'),
    over(
      'last: {{pool}}',
      `topk(10, max by (pool) (sluice_queue_jobs{pool=~"$pool", state="queued"})
        / sum by (pool) (rate(sluice_queue_wait_seconds_count{pool=~"$pool"}[$__rate_interval])))`,
    ),
    over('promise', `min(${PROMISE})`),
  ],
});

const waitMap = heatmap({
  title: 'Waits, all of them',
  description:
    'How many jobs waited how long, by the buckets of the histogram. Two bands are two kinds of callers.',
  width: 8,
  unit: 's',
  query: heat('sum by (le) (increase(sluice_queue_wait_seconds_bucket{pool=~"$pool"}[$__rate_interval]))'),
});

const flow = series({
  title: 'In and out',
  description: 'Jobs that are accepted and jobs that end. While more come than end, the queue grows.',
  width: 8,
  unit: 'ops',
  meaning: ['completed', 'failed', 'expired'],
  queries: [
    over(
      'accepted',
      'sum(rate(sluice_admissions_total{pool=~"$pool", decision="admitted"}[$__rate_interval]))',
    ),
    over(
      '{{status}}',
      'topk(10, sum by (status) (rate(sluice_settlements_total{pool=~"$pool", status=~"completed|failed|expired"}[$__rate_interval])))',
    ),
  ],
});

const holdUps = series({
  title: 'What holds jobs up',
  description:
    'Jobs sent back to wait for a backend (circuit: it is not called; rest: it asked for time), and attempts that waited because all backends had max_connections calls open.',
  width: 8,
  unit: 'ops',
  links: [to('backends', 'Backends')],
  queries: [
    over(
      'deferred: {{because}}',
      'sum by (because) (rate(sluice_deferrals_total{pool=~"$pool"}[$__rate_interval]))',
    ),
    over('all backends full', 'sum(rate(sluice_permit_waits_total{pool=~"$pool"}[$__rate_interval]))'),
  ],
});

const endings = series({
  title: 'Ended by the sweeper',
  description: 'Jobs that no worker ended, by reason, and dead letters that were replayed.',
  width: 8,
  unit: 'none',
  bars: true,
  stacked: true,
  queries: [
    over('{{reason}}', 'sum by (reason) (increase(sluice_swept_total[$__rate_interval]))'),
    over('replayed', 'sum(increase(sluice_dead_letters_replayed_total{pool=~"$pool"}[$__rate_interval]))'),
  ],
});

export const queues: Board = {
  name: 'queues',
  title: 'queues and fairness',
  description: 'Who waits, for how long, for what, and is it fair?',
  variables: [pool],
  annotations: [scalingDecisions, crashes],
  sections: [
    { heading: null, height: 5, drafts: tiles },
    { heading: 'Queues', height: 8, drafts: [states, queued] },
    { heading: 'Waits', height: 8, drafts: [waits, ahead, waitMap] },
    { heading: 'Flow', height: 8, drafts: [flow, holdUps, endings] },
    { heading: 'Fairness', height: 9, drafts: [lag, fairness] },
    { heading: 'Callers and batches', height: 7, drafts: [callers, wakeUps, batchLines] },
  ],
};
