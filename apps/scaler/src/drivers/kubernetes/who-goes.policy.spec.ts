import { describe, expect, it } from '@jest/globals';
import { type RankedPod, goesFirst } from './who-goes.policy.js';

const pod = (more: Partial<RankedPod> = {}): RankedPod => ({
  isAssigned: true,
  phase: 'Running',
  isReady: true,
  cost: 0,
  template: 'a',
  ...more,
});
const leaving = pod({ cost: -1_000_000 });

describe('whom a smaller number takes', () => {
  it('is the one that was marked, when all others are ready', () => {
    expect(goesFirst(leaving, [pod(), pod({ cost: 5 })])).toBe(true);
    expect(goesFirst(leaving, [])).toBe(true);
  });

  it.each<[string, Partial<RankedPod>]>([
    ['waits for a node', { isAssigned: false, phase: 'Pending', isReady: false }],
    ['is pending', { phase: 'Pending', isReady: false }],
    ['is not ready', { isReady: false }],
    ['is of another template, which another ReplicaSet counts', { template: 'b' }],
    ['costs as little', { cost: -1_000_000 }],
  ])('is not certain while another one %s', (_, more) => {
    expect(goesFirst(leaving, [pod(), pod(more)])).toBe(false);
  });

  it('is whoever waits for a node, whatever the others cost', () => {
    const waiting = pod({ isAssigned: false, phase: 'Pending', isReady: false });
    expect(goesFirst(waiting, [pod({ cost: -5 }), pod({ phase: 'Pending', isReady: false })])).toBe(true);
  });
});
