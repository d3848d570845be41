import { openedCircuits, scalingDecisions } from '../annotations.js';
import type { Board } from '../board.js';
import { FAILING, led, PROMISE, quantile } from '../expressions.js';
import { to } from '../links.js';
import { atMost } from '../look.js';
import { series } from '../panels/series.js';
import { timeline } from '../panels/timeline.js';
import { over } from '../queries.js';
import { ceiling, CIRCUIT_WORDS, circuits, failing, sight, telling, waiting } from '../questions.js';
import { backend, pool } from '../variables.js';

const DURATION = 'llm_request_duration_seconds_bucket';

const answers = series({
  title: 'Answers',
  description:
    'Answers of POST /generate by what became of them. “Refused to callers” is the callers’ own doing (4xx, also limits); “failing” is ours or a backend’s.',
  width: 8,
  unit: 'reqps',
  stacked: true,
  meaning: ['success', 'refused to callers', 'failing'],
  links: [to('tenants', 'Who is refused')],
  queries: [
    over('success', 'sum(rate(llm_requests_total{status=~"success|accepted"}[$__rate_interval]))'),
    over(
      'refused to callers',
      `sum(rate(llm_requests_total{status!~"success|accepted|${FAILING}"}[$__rate_interval]))`,
    ),
    over('failing', `sum(rate(llm_requests_total{status=~"${FAILING}"}[$__rate_interval]))`),
  ],
});

const latency = series({
  title: 'Time to an answer',
  description: 'From request to answer, of synchronous answers with 200: waiting and generating together.',
  width: 8,
  unit: 's',
  meaning: ['p50', 'p95', 'p99'],
  links: [to('backends', 'By backend')],
  queries: [
    over('p50', quantile(0.5, DURATION)),
    over('p95', quantile(0.95, DURATION)),
    over('p99', quantile(0.99, DURATION)),
  ],
});

const why = series({
  title: 'What fails',
  description:
    'The ten most frequent codes of failing answers. docs/failure-modes.md has a section for each.',
  width: 8,
  unit: 'reqps',
  stacked: true,
  bars: true,
  queries: [
    over(
      '{{status}}',
      `topk(10, sum by (status) (rate(llm_requests_total{status=~"${FAILING}"}[$__rate_interval])))`,
    ),
  ],
});

const queue = series({
  title: 'Jobs',
  description: 'Jobs by where they are. Deferred ones wait for a backend, not for a worker.',
  width: 8,
  unit: 'none',
  stacked: true,
  meaning: ['queued', 'deferred', 'active'],
  links: [to('queues', 'By pool')],
  queries: [
    over(
      '{{state}}',
      'sum by (state) (max by (pool, state) (sluice_queue_jobs{pool=~"$pool", state=~"queued|deferred|active"}))',
    ),
  ],
});

const waits = series({
  title: 'Waits',
  description:
    'From acceptance to the first start, 95th percentile by pool (the ten worst), and the shortest promise.',
  width: 8,
  unit: 's',
  meaning: ['promise'],
  links: [to('queues', 'By pool')],
  queries: [
    over(
      '{{pool}}',
      `topk(10, ${quantile(0.95, 'sluice_queue_wait_seconds_bucket{pool=~"$pool"}', 'pool')})`,
    ),
    over('promise', `min(${PROMISE})`),
  ],
});

const workers = series({
  title: 'Workers',
  description:
    'Workers of the scaler by state, and how many it wants. The purple marks are its decisions with their reasons.',
  width: 8,
  unit: 'none',
  steps: true,
  meaning: ['wanted', 'starting', 'ready', 'cordoned', 'draining'],
  links: [to('scaler', 'The scaler')],
  queries: [
    over('wanted', `sum(${led('sluice_scaler_desired_workers{pool=~"$pool"}')})`),
    over('{{state}}', `sum by (state) (${led('sluice_scaler_workers{pool=~"$pool"}')})`),
  ],
});

const states = timeline({
  title: 'Circuits',
  description: 'The worst circuit of each backend, the twenty worst.',
  width: 8,
  unit: 'none',
  thresholds: atMost(1, 2),
  mappings: [CIRCUIT_WORDS],
  links: [to('backends', 'Backends')],
  queries: [over('{{backend}}', 'topk(20, max by (backend) (sluice_circuit_state{backend=~"$backend"}))')],
});

const lags = series({
  title: 'Telling',
  description:
    'What is settled and not told yet: rows of PostgreSQL, webhooks not in their queue, entries of the webhooks’ log.',
  width: 8,
  unit: 'none',
  links: [to('webhooks', 'Recorder and webhooks')],
  queries: [
    over('rows', 'max(sluice_recorder_lag_entries)'),
    over('webhooks', 'max(sluice_webhook_dispatch_lag_entries)'),
    over('log of webhooks', 'max(sluice_webhook_log_lag_entries)'),
  ],
});

const redis = series({
  title: 'Memory of Redis',
  description:
    'Which part of the memory that Redis may use it uses. Full, it refuses new jobs: amber from 75 %, red from 90 %.',
  width: 8,
  unit: 'percentunit',
  max: 1,
  thresholds: atMost(0.75, 0.9),
  queries: [over('used', 'max(sluice_redis_memory_used_bytes) / min(sluice_redis_memory_limit_bytes)')],
});

export const overview: Board = {
  name: 'overview',
  title: 'overview',
  description:
    'Is anything wrong, and where? Six questions at the top, answered by colour; each leads to its dashboard.',
  variables: [pool, backend],
  annotations: [scalingDecisions, openedCircuits],
  sections: [
    { heading: null, height: 5, drafts: [failing, waiting, circuits, ceiling, telling, sight] },
    { heading: 'Traffic', height: 8, drafts: [answers, latency, why] },
    { heading: 'Queues and fleet', height: 8, drafts: [queue, waits, workers] },
    { heading: 'Backends, telling and Redis', height: 7, drafts: [states, lags, redis] },
  ],
};
