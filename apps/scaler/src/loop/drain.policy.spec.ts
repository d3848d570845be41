import { describe, expect, it } from '@jest/globals';
import { knownAs, NOW_MS } from '../../../../test/support/seen-instances.js';
import { type DrainSight, judgeDrain } from './drain.policy.js';
import type { Drain } from './pool-state.js';

const drain: Drain = {
  worker_id: 'worker-1',
  since_ms: NOW_MS - 6_000,
  deadline_ms: NOW_MS + 60_000,
  stopped_ms: null,
};
const idle = knownAs({ state: 'cordoned', active: 0 });
const busy = knownAs({ state: 'cordoned', active: 1 });

const judge = (more: Partial<Drain>, sight: Partial<DrainSight> = {}) =>
  judgeDrain({ ...drain, ...more }, { now_ms: NOW_MS, listed: 'running', known: busy, ...sight });

describe('a worker on its way out', () => {
  it.each([
    ['takes no more jobs while it runs some', {}, {}, 'cordon'],
    ['is asked to end when it says that it takes none and runs none', {}, { known: idle }, 'stop'],
    ['is not yet, when it may have said so before', { since_ms: NOW_MS - 5_999 }, { known: idle }, 'cordon'],
    [
      'is not yet, while it still takes jobs',
      {},
      { known: knownAs({ state: 'ready', active: 0 }) },
      'cordon',
    ],
    ['is asked at once before its first heartbeat', {}, { known: knownAs({ up_ms: null }) }, 'stop'],
    ['is asked at the deadline, busy or not', { deadline_ms: NOW_MS }, {}, 'stop'],
    ['is left alone while it is silent', {}, { known: { ...busy, silent_ms: NOW_MS } }, 'wait'],
    ['is not asked when it stops by itself', {}, { known: knownAs({ state: 'draining' }) }, 'leaves'],
    [
      'is not asked by the deadline either then',
      { deadline_ms: 0 },
      { known: knownAs({ state: 'draining' }) },
      'leaves',
    ],
    ['has 45 s to end', { stopped_ms: NOW_MS - 44_999 }, { known: knownAs({ state: 'draining' }) }, 'wait'],
    [
      'is killed after them',
      { stopped_ms: NOW_MS - 45_000 },
      { known: knownAs({ state: 'draining' }) },
      'kill',
    ],
    [
      'is killed after them when it is silent',
      { stopped_ms: NOW_MS - 45_000 },
      { known: { ...busy, silent_ms: NOW_MS - 40_000 } },
      'kill',
    ],
    [
      'was never told when it says for 6 s that it works on, however long ago that was written down',
      { stopped_ms: NOW_MS - 600_000 },
      { known: busy },
      'untold',
    ],
    ['may not have heard it yet before that', { stopped_ms: NOW_MS - 5_000 }, { known: busy }, 'wait'],
    ['is over when it ended', { stopped_ms: NOW_MS }, { listed: 'ended' }, 'over'],
    ['is over when it is gone', {}, { listed: 'absent' }, 'over'],
  ] as const)('%s', (_, more, sight, step) => {
    expect(judge(more, sight)).toBe(step);
  });
});
