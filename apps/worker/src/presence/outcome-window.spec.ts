import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import type { OutcomeClass } from '#common/contracts/worker-presence.js';
import type { CallOutcome } from '../backends/backend.js';
import { outcomeClassOf } from './outcome-class.policy.js';
import { OutcomeWindow } from './outcome-window.js';

let nowMs: number;

beforeEach(() => {
  nowMs = 1_000_000;
  jest.spyOn(performance, 'now').mockImplementation(() => nowMs);
});
afterEach(() => {
  jest.restoreAllMocks();
});

describe('OutcomeWindow', () => {
  it('sums each class over the last 60 s, and leaves out those without a call', () => {
    const window = new OutcomeWindow();
    window.count('succeeded');
    window.count('timeout');
    nowMs += 30_000;
    window.count('succeeded');
    expect(window.read()).toEqual({ succeeded: 2, timeout: 1 });
  });

  it('forgets what is older, also when nothing is counted any more', () => {
    const window = new OutcomeWindow();
    window.count('succeeded');
    nowMs += 45_000;
    window.count('backend_5xx');
    expect(window.read()).toEqual({ succeeded: 1, backend_5xx: 1 });
    nowMs += 15_000;
    expect(window.read()).toEqual({ backend_5xx: 1 });
    nowMs += 60_000;
    expect(window.read()).toEqual({});
  });

  it('still knows everything that is younger than 50 s', () => {
    const window = new OutcomeWindow();
    for (let second = 0; second < 50; second++) {
      window.count('succeeded');
      nowMs += 1_000;
    }
    expect(window.read()).toEqual({ succeeded: 50 });
  });
});

describe('what a call says of backends', () => {
  it.each<[CallOutcome, OutcomeClass | null]>([
    [{ kind: 'completed', answer: {} as never }, 'succeeded'],
    [{ kind: 'refused', status: 400 }, 'job_bug'],
    [{ kind: 'throttled', retryAfterMs: null }, 'rate_limited'],
    [{ kind: 'garbled', because: 'not-json' }, 'backend_5xx'],
    [{ kind: 'unavailable', because: 'server-error' }, 'backend_5xx'],
    [{ kind: 'unavailable', because: 'connection' }, 'backend_5xx'],
    [{ kind: 'unavailable', because: 'timeout' }, 'timeout'],
    [{ kind: 'aborted' }, null],
  ])('%j is %s', (outcome, said) => {
    expect(outcomeClassOf(outcome)).toBe(said);
  });
});
