import type { ScalingDecision, ScalingReport } from '../../libs/common/src/contracts/scaling.js';

export const decisionOf = (change: Partial<ScalingDecision> = {}): ScalingDecision => ({
  policy: 'slo',
  current: 2,
  desired: 2,
  action: 'hold',
  victims: [],
  undrain: [],
  reasons: [{ code: 'erlang', rule: 'need', value: 2, to: 2, facts: { offered_slots: 5.5 } }],
  ...change,
});

/** A whole reading, as far as a report's readers look into it. */
const reading = {
  now_ms: 1_000,
  age_s: 0,
  queue: { ready: 7, active: 8, deferred: 0, due: 0, head_wait_s: 1.5 },
  arrivals: { latest: 2, fast: 2, slow: 1.5, slower: 1 },
  service: null,
  usage: null,
};

export const reportOf = (decision: ScalingDecision, change: Partial<ScalingReport> = {}): ScalingReport => ({
  pool: 'default',
  at_ms: 1_780_000_000_000,
  mode: 'full',
  driver: 'process',
  scaler_id: 'scaler_1',
  epoch: 3,
  decision,
  instances: null,
  foreign: { workers: 0, slots: 0 },
  troubles: [],
  trace: { reading, memory: {}, config: {} },
  ...change,
});
