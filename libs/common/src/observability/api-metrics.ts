import { type MetricEntry, SECONDS } from './metric-entry.js';

/** What an API process emits. */
export const API_METRICS = {
  llm_requests_total: {
    kind: 'counter',
    help: 'Generation requests answered, by the backend that served them (none: no backend was asked).',
    labels: ['backend', 'status'],
    emittedBy: 'api',
  },
  llm_request_duration_seconds: {
    kind: 'histogram',
    help: 'From request to answer of synchronous generations.',
    labels: ['backend'],
    buckets: SECONDS,
    emittedBy: 'api',
  },
  llm_rate_limit_hits_total: {
    kind: 'counter',
    help: 'Requests refused by a limit, by how the caller was identified.',
    labels: ['identifier_type'],
    emittedBy: 'api',
  },
  sluice_admissions_total: {
    kind: 'counter',
    help: 'Admission decisions: admitted, or the code of the refusal.',
    labels: ['pool', 'decision'],
    emittedBy: 'api',
  },
  sluice_rate_limit_shadow_hits_total: {
    kind: 'counter',
    help: 'Requests that a rule in shadow would have refused.',
    labels: ['rule'],
    emittedBy: 'api',
  },
  sluice_idempotent_replays_total: {
    kind: 'counter',
    help: 'Requests answered with the job of an earlier one, by Idempotency-Key.',
    labels: [],
    emittedBy: 'api',
  },
  sluice_authentications_total: {
    kind: 'counter',
    help: 'API keys looked at, by where the answer came from (memory, redis, database) or how it ended (refused, limited, unavailable).',
    labels: ['result'],
    emittedBy: 'api',
  },
  sluice_fair_queue_lag_jobs: {
    kind: 'gauge',
    help: 'How far the farthest flow of a pool is ahead of its fair clock, in jobs at share 1.',
    labels: ['pool'],
    emittedBy: 'api',
  },
  sluice_fair_queue_rebases_total: {
    kind: 'counter',
    help: 'How often this process moved the base of a pool’s priorities.',
    labels: ['pool'],
    emittedBy: 'api',
  },
  sluice_adaptive_factor: {
    kind: 'gauge',
    help: 'Lowest factor by which a backend’s failures reduce the admitted rate, over its models; 1 is undiminished.',
    labels: ['backend'],
    emittedBy: 'api',
  },
  sluice_waiting_requests: {
    kind: 'gauge',
    help: 'Requests that wait in this process for a settlement.',
    labels: [],
    emittedBy: 'api',
  },
  sluice_wake_ups_total: {
    kind: 'counter',
    help: 'How waiting requests learnt of their settlement: message (pub/sub) or lookup (the fallback).',
    labels: ['via'],
    emittedBy: 'api',
  },
  sluice_circuit_state: {
    kind: 'gauge',
    help: 'The worst circuit of a backend over its models: 0 closed, 1 half-open, 2 open.',
    labels: ['backend'],
    emittedBy: 'api',
  },
  sluice_backend_healthy: {
    kind: 'gauge',
    help: 'Whether the last health checks of a backend found it well: 1 or 0; NaN while unknown.',
    labels: ['backend'],
    emittedBy: 'api',
  },
  sluice_streams: {
    kind: 'gauge',
    help: 'Callers of this process who follow a job’s tokens.',
    labels: [],
    emittedBy: 'api',
  },
  sluice_queue_jobs: {
    kind: 'gauge',
    help: 'Jobs in a pool’s queue by state (queued, deferred: waiting for a backend, active, failed).',
    labels: ['pool', 'state'],
    emittedBy: 'api',
  },
  sluice_webhook_queue_depth: {
    kind: 'gauge',
    help: 'Deliveries in the queue of webhooks by state (ready, delayed: wait for their next attempt, active).',
    labels: ['state'],
    emittedBy: 'api',
  },
  sluice_webhook_queue_oldest_seconds: {
    kind: 'gauge',
    help: 'Age of the oldest of the next 50 deliveries that were not tried yet; 0 when there is none.',
    labels: [],
    emittedBy: 'api',
  },
  sluice_dead_letters_replayed_total: {
    kind: 'counter',
    help: 'Dead letters of a pool that were queued again as new jobs by this process.',
    labels: ['pool'],
    emittedBy: 'api',
  },
  sluice_batches: {
    kind: 'gauge',
    help: 'Batches that this process works on.',
    labels: [],
    emittedBy: 'api',
  },
  sluice_batch_lines_total: {
    kind: 'counter',
    help: 'Lines of batches by how they ended: completed, failed or unfinished (the batch was cancelled or expired first).',
    labels: ['result'],
    emittedBy: 'api',
  },
} as const satisfies Record<string, MetricEntry>;
