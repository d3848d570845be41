import type { ScalingReport } from '../../libs/common/src/contracts/scaling.js';

/** Four workers wanted, two there, because of what waits. */
export const scalingReportOf = (changes: Partial<ScalingReport> = {}): ScalingReport => ({
  pool: 'default',
  at_ms: 1_800_000_000_000,
  mode: 'full',
  driver: 'process',
  scaler_id: 'scaler-1',
  epoch: 7,
  decision: {
    policy: 'slo',
    current: 2,
    desired: 4,
    action: 'up',
    victims: [],
    undrain: [],
    reasons: [
      { code: 'steady', rule: 'need', value: 2, to: 2, facts: { offered_slots: 6.123456 } },
      { code: 'backlog', rule: 'need', value: 5, to: 5, facts: { waiting_jobs: 40 } },
      { code: 'max', rule: 'ceiling', value: 4, to: 4, facts: {} },
    ],
  },
  instances: [
    {
      name: 'default-1',
      worker_id: 'worker-1',
      state: 'ready',
      slots: 4,
      active: 3,
      born_ms: 1_799_999_000_000,
      is_outdated: true,
    },
    {
      name: 'default-2',
      worker_id: null,
      state: 'starting',
      slots: 4,
      active: 0,
      born_ms: 1_799_999_999_000,
      is_outdated: false,
    },
  ],
  foreign: { workers: 1, slots: 16 },
  troubles: ['The image is quarantined.'],
  trace: { reading: { now_ms: 1_800_000_000_000 } },
  ...changes,
});
