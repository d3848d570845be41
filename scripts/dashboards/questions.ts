import { CEILINGS, FAILING, led, PROMISE, share } from './expressions.js';
import { to } from './links.js';
import { AMBER, atMost, GREEN, RED, words } from './look.js';
import { type Draft } from './panels/draft.js';
import { stat } from './panels/stat.js';
import { now } from './queries.js';

const WIDTH = 4;
const ENDED = 'completed|failed|expired';

export const CIRCUIT_WORDS = words({
  0: { text: 'closed', color: GREEN },
  1: { text: 'half-open', color: AMBER },
  2: { text: 'OPEN', color: RED },
});

export const failing: Draft = stat({
  title: 'Are requests failing?',
  description:
    'Share of the last five minutes. Requests: answers that are our fault or a backend’s (5xx) among all. Jobs: those that failed or expired among those that ended. Amber from 1 %, red from 5 %. The codes are in docs/failure-modes.md.',
  width: WIDTH,
  unit: 'percentunit',
  none: 'no traffic',
  links: [to('backends', 'Which backend fails'), to('queues', 'Which pool fails')],
  numbers: [
    {
      name: 'requests',
      query: now(
        'requests',
        share(`rate(llm_requests_total{status=~"${FAILING}"}[5m])`, 'rate(llm_requests_total[5m])'),
      ),
      thresholds: atMost(0.01, 0.05),
      decimals: 1,
    },
    {
      name: 'jobs',
      query: now(
        'jobs',
        share(
          'rate(sluice_settlements_total{pool=~"$pool", status=~"failed|expired"}[5m])',
          `rate(sluice_settlements_total{pool=~"$pool", status=~"${ENDED}"}[5m])`,
        ),
      ),
      thresholds: atMost(0.01, 0.05),
      decimals: 1,
    },
  ],
});

export const waiting: Draft = stat({
  title: 'Is anyone waiting too long?',
  description:
    'Against the promise of each pool (wait_seconds, 15 s where no scaler runs), for the pool that does worst. Begun: the 95th percentile of the jobs that began in the last five minutes. Next: how long the job that is taken next has waited. 100 % is a broken promise.',
  width: WIDTH,
  unit: 'percentunit',
  none: 'nobody waited',
  links: [to('queues', 'Which pool, and why'), to('scaler', 'What the scaler does about it')],
  numbers: [
    {
      name: 'begun',
      query: now(
        'begun',
        `max(histogram_quantile(0.95, sum by (pool, le) (rate(sluice_queue_wait_seconds_bucket{pool=~"$pool"}[5m])))
          / on (pool) ${PROMISE})`,
      ),
      thresholds: atMost(0.8, 1),
      decimals: 0,
    },
    {
      name: 'next',
      query: now(
        'next',
        `max(max by (pool) (sluice_queue_head_wait_seconds{pool=~"$pool"}) / on (pool) ${PROMISE})`,
      ),
      thresholds: atMost(0.8, 1),
      decimals: 0,
    },
  ],
});

export const circuits: Draft = stat({
  title: 'Is a circuit open?',
  description:
    'The worst circuit of all backends, and how many backends fail their health checks. While the circuits of all backends of a model are open its jobs wait: docs/failure-modes.md, “Every backend of a model is away”.',
  width: WIDTH,
  unit: 'none',
  none: 'unknown',
  links: [to('backends', 'Which backend')],
  numbers: [
    {
      name: 'worst',
      query: now('worst', 'max(sluice_circuit_state{backend=~"$backend"})'),
      thresholds: atMost(1, 2),
      mappings: [CIRCUIT_WORDS],
    },
    {
      name: 'ill backends',
      query: now(
        'ill backends',
        'sum(min by (backend) (sluice_backend_healthy{backend=~"$backend"}) == bool 0)',
      ),
      thresholds: atMost(1, 1),
    },
  ],
});

export const ceiling: Draft = stat({
  title: 'Is the fleet at its ceiling?',
  description:
    'Held: part of the last five minutes in which the scaler wanted more workers than max, the budget, an order or the backends’ max_connections allow, for the pool that does worst. Missing: workers that are wanted and not ready. docs/failure-modes.md, “Too many or too few workers”.',
  width: WIDTH,
  unit: 'percentunit',
  none: 'no scaler',
  links: [to('scaler', 'Decisions and their reasons')],
  numbers: [
    {
      name: 'held',
      query: now(
        'held',
        `max(${share(
          `rate(sluice_scaler_decisions_total{pool=~"$pool", code=~"${CEILINGS}"}[5m])`,
          'rate(sluice_scaler_decisions_total{pool=~"$pool"}[5m])',
          'pool',
        )})`,
      ),
      thresholds: atMost(0.2, 0.8),
      decimals: 0,
    },
    {
      name: 'missing',
      query: now(
        'missing',
        `sum(clamp_min(
          max by (pool) (${led('sluice_scaler_desired_workers{pool=~"$pool"}')})
            - sum by (pool) (${led('sluice_scaler_workers{pool=~"$pool", state="ready"}')}),
          0))`,
      ),
      unit: 'none',
      thresholds: atMost(1, 4),
    },
  ],
});

export const telling: Draft = stat({
  title: 'Is telling behind?',
  description:
    'Settlements that are not in PostgreSQL yet, settlements whose webhooks are not in their queue yet, and the age of the oldest webhook that was not tried. They grow when no worker with the role tell runs, or PostgreSQL is away: docs/failure-modes.md, “PostgreSQL away”.',
  width: WIDTH,
  unit: 'none',
  none: 'unknown',
  links: [to('webhooks', 'Recorder and webhooks')],
  numbers: [
    {
      name: 'rows',
      query: now('rows', 'max(sluice_recorder_lag_entries)'),
      thresholds: atMost(1000, 10_000),
    },
    {
      name: 'webhooks',
      query: now('webhooks', 'max(sluice_webhook_dispatch_lag_entries)'),
      thresholds: atMost(1000, 10_000),
    },
    {
      name: 'oldest',
      query: now('oldest', 'max(sluice_webhook_queue_oldest_seconds)'),
      unit: 's',
      thresholds: atMost(60, 300),
    },
  ],
});

export const sight: Draft = stat({
  title: 'Does a scaler see and act?',
  description:
    'Age of the newest whole reading, for the pool that does worst: above three ticks (6 s) nobody leaves, above ten (20 s) the scaler is blind. Leading: scalers that act; there should be one. docs/failure-modes.md, “No scaler decides”.',
  width: WIDTH,
  unit: 's',
  none: 'no scaler',
  links: [to('scaler', 'The scaler')],
  numbers: [
    {
      name: 'reading',
      query: now('reading', `max(${led('sluice_scaler_reading_age_seconds{pool=~"$pool"}')})`),
      thresholds: atMost(6, 20),
      decimals: 0,
    },
    {
      name: 'leading',
      query: now('leading', 'sum(sluice_scaler_leader)'),
      unit: 'none',
      mappings: [
        words({
          0: { text: 'none', color: RED },
          1: { text: 'one', color: GREEN },
          2: { text: 'two', color: AMBER },
        }),
      ],
      thresholds: atMost(2, 3),
    },
  ],
});
