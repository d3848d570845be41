import type { MetricEntry } from './metric-entry.js';

/** What a scaler emits. Those that stand by say what is configured, and what they have counted. */
export const SCALER_METRICS = {
  sluice_scaler_leader: {
    kind: 'gauge',
    help: '1 in the scaler that acts, 0 in those that stand by.',
    labels: [],
    emittedBy: 'scaler',
  },
  sluice_scaler_wait_objective_seconds: {
    kind: 'gauge',
    help: 'How long a job of a pool shall wait at most, as configured.',
    labels: ['pool'],
    emittedBy: 'scaler',
  },
  sluice_scaler_desired_workers: {
    kind: 'gauge',
    help: 'Workers the scaler wants, by its last decision.',
    labels: ['pool'],
    emittedBy: 'scaler',
  },
  sluice_scaler_workers: {
    kind: 'gauge',
    help: 'Workers of the scaler by state (starting, ready, cordoned, draining); NaN while unknown.',
    labels: ['pool', 'state'],
    emittedBy: 'scaler',
  },
  sluice_scaler_reading_age_seconds: {
    kind: 'gauge',
    help: 'How old the newest whole reading of a pool is.',
    labels: ['pool'],
    emittedBy: 'scaler',
  },
  sluice_scaler_decisions_total: {
    kind: 'counter',
    help: 'Decisions by action (up, down, hold) and the code of the step that decided.',
    labels: ['pool', 'action', 'code'],
    emittedBy: 'scaler',
  },
  sluice_scaler_actions_total: {
    kind: 'counter',
    help: 'What was asked of the driver, by action (start, cordon, uncordon, stop, kill, forget) and result (done, failed).',
    labels: ['pool', 'action', 'result'],
    emittedBy: 'scaler',
  },
  sluice_scaler_crashes_total: {
    kind: 'counter',
    help: 'Instances that ended by themselves before they were ready or within 30 s.',
    labels: ['pool'],
    emittedBy: 'scaler',
  },
  sluice_scaler_cold_start_seconds: {
    kind: 'gauge',
    help: 'From the start of an instance to its first heartbeat, 90th percentile of the last twenty.',
    labels: ['pool'],
    emittedBy: 'scaler',
  },
} as const satisfies Record<string, MetricEntry>;
