import { openedCircuits, scalingDecisions } from '../annotations.js';
import type { Board } from '../board.js';
import { quantile, share } from '../expressions.js';
import { to } from '../links.js';
import { atLeast, atMost } from '../look.js';
import { series } from '../panels/series.js';
import { table } from '../panels/table.js';
import { tile } from '../panels/tile.js';
import { timeline } from '../panels/timeline.js';
import { over, rows } from '../queries.js';
import { CIRCUIT_WORDS, circuits } from '../questions.js';
import { backend, model, pool } from '../variables.js';
import { chosen } from './chosen.js';
import { extraCalls, firstToken, health, tokens, transitions } from './backend-details.js';

const ATTEMPTS = 'sluice_attempts_total{backend=~"$backend"}';
const FAULTS = 'sluice_attempts_total{backend=~"$backend", outcome=~"unavailable|garbled|throttled"}';
const FIRST_TOKEN = 'sluice_time_to_first_token_seconds_bucket{backend=~"$backend"}';
const DURATION = 'llm_request_duration_seconds_bucket{backend=~"$backend"}';

const tiles = [
  circuits,
  tile({
    title: 'Calls that fail',
    description:
      'Share of the calls of the last five minutes that a backend throttled, garbled or did not answer. Amber from 5 %, red from 25 %: at half of them the scaler adds nobody.',
    value: share(`rate(${FAULTS}[5m])`, `rate(${ATTEMPTS}[5m])`),
    thresholds: atMost(0.05, 0.25),
    unit: 'percentunit',
    decimals: 1,
    none: 'no calls',
  }),
  tile({
    title: 'Worst backend',
    description:
      'The same share for the backend that does worst, among those with at least one call in five seconds.',
    value: `max(${share(`rate(${FAULTS}[5m])`, `rate(${ATTEMPTS}[5m])`, 'backend')} and sum by (backend) (rate(${ATTEMPTS}[5m])) > 0.2)`,
    thresholds: atMost(0.1, 0.5),
    unit: 'percentunit',
    decimals: 1,
    none: 'few calls',
  }),
  tile({
    title: 'Rate that is let in',
    description:
      'The least factor by which a backend’s failures reduce the admitted rate; 100 % is not at all. Below it callers get 429 earlier than their tier says.',
    value: 'min(sluice_adaptive_factor{backend=~"$backend"})',
    thresholds: atLeast(0.5, 0.95),
    unit: 'percentunit',
    links: [to('tenants', 'Who is refused')],
  }),
  tile({
    title: 'First token, p95',
    description:
      'From the call of a backend to its first token, over the last five minutes. Amber from 2 s, red from 10 s.',
    value: `histogram_quantile(0.95, sum by (le) (rate(${FIRST_TOKEN}[5m])))`,
    thresholds: atMost(2, 10),
    unit: 's',
    decimals: 2,
    none: 'no streams',
  }),
  tile({
    title: 'Full backends',
    description:
      'Attempts per second that waited because all backends of their model had max_connections calls open. While it is above 0, backends are what limits the fleet, and more workers do not help.',
    value: 'sum(rate(sluice_permit_waits_total{pool=~"$pool"}[5m])) or vector(0)',
    thresholds: atMost(0.01, 1),
    unit: 'ops',
    decimals: 2,
  }),
];

const states = timeline({
  title: 'Circuits',
  description: 'The worst circuit of each backend over its models, the twenty worst.',
  width: 12,
  unit: 'none',
  thresholds: atMost(1, 2),
  mappings: [CIRCUIT_WORDS],
  queries: [over('{{backend}}', 'topk(20, max by (backend) (sluice_circuit_state{backend=~"$backend"}))')],
});

const outcomes = series({
  title: 'Calls by outcome',
  description:
    'What backends said: throttled is 429 or a full backend, unavailable no answer in time or 5xx, garbled an answer that makes no sense, refused the request’s own fault, aborted our own doing.',
  width: 8,
  unit: 'ops',
  stacked: true,
  meaning: ['completed', 'throttled', 'unavailable'],
  queries: [over('{{outcome}}', `sum by (outcome) (rate(${ATTEMPTS}[$__rate_interval]))`)],
});

const failing = series({
  title: 'Share of calls that fail',
  description: 'By backend, the ten worst: throttled, unavailable or garbled.',
  width: 8,
  unit: 'percentunit',
  max: 1,
  thresholds: atMost(0.05, 0.25),
  queries: [
    over(
      '{{backend}}',
      `topk(10, ${share(`rate(${FAULTS}[$__rate_interval])`, `rate(${ATTEMPTS}[$__rate_interval])`, 'backend')})`,
    ),
  ],
});

const split = series({
  title: 'Share of the calls',
  description:
    'Which part of all calls goes to each backend, the ten greatest: what the routing strategy makes of weights and health.',
  width: 8,
  unit: 'percentunit',
  max: 1,
  queries: [
    over(
      '{{backend}}',
      `topk(10, sum by (backend) (rate(${ATTEMPTS}[$__rate_interval])) / scalar(sum(rate(${ATTEMPTS}[$__rate_interval]))))`,
    ),
  ],
});

const duration = series({
  title: 'Time to an answer, p95',
  description:
    'From request to answer of synchronous answers, by the backend that served them; the ten slowest. Waiting is in it.',
  width: 8,
  unit: 's',
  queries: [over('{{backend}}', `topk(10, ${quantile(0.95, DURATION, 'backend')})`)],
});

const open = series({
  title: 'Calls in progress',
  description:
    'Calls that all workers have open, by backend, the ten most. Its max_connections is the most there can be.',
  width: 8,
  unit: 'none',
  queries: [over('{{backend}}', 'topk(10, sum by (backend) (llm_active_connections{backend=~"$backend"}))')],
});

const models = table({
  title: 'Models',
  description:
    'What ended in the time range by model and backend, the thirty with most jobs: how many failed, and how long the deciding call took.',
  width: 24,
  unit: 'none',
  links: [to('cost', 'What they cost')],
  query: rows(`
    SELECT
      model,
      backend_id AS backend,
      count(*) AS jobs,
      avg((NOT success)::int) AS failed,
      percentile_cont(0.5) WITHIN GROUP (ORDER BY processing_time_ms) AS p50,
      percentile_cont(0.95) WITHIN GROUP (ORDER BY processing_time_ms) AS p95,
      avg(attempts) AS attempts,
      mode() WITHIN GROUP (ORDER BY error_code) FILTER (WHERE error_code IS NOT NULL) AS "most frequent error"
    FROM request_metrics r
    WHERE ${chosen('pool', 'backend', 'model')}
    GROUP BY model, backend_id
    ORDER BY jobs DESC
    LIMIT 30`),
  columns: {
    failed: { unit: 'percentunit', decimals: 1, thresholds: atMost(0.01, 0.05) },
    p50: { unit: 'ms', decimals: 0 },
    p95: { unit: 'ms', decimals: 0 },
    attempts: { decimals: 2, thresholds: atMost(1.1, 2) },
  },
});

export const backends: Board = {
  name: 'backends',
  title: 'backends',
  description: 'Which backend fails, is slow or full, and what is done about it?',
  variables: [backend, model, pool],
  annotations: [openedCircuits, scalingDecisions],
  sections: [
    { heading: null, height: 5, drafts: tiles },
    { heading: 'Health', height: 8, drafts: [states, health] },
    { heading: 'Calls', height: 8, drafts: [outcomes, failing, split] },
    { heading: 'Speed', height: 8, drafts: [duration, firstToken, open] },
    { heading: 'What is done about it', height: 8, drafts: [transitions, extraCalls, tokens] },
    { heading: 'Models', height: 9, drafts: [models] },
  ],
};
