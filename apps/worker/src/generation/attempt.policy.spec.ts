import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import type { CallOutcome } from '../backends/backend.js';
import { type AttemptState, judgeAttempt } from './attempt.policy.js';

const first: AttemptState = { made: 1, attemptsMax: 3, remainingMs: 60_000, canRetry: true, hasTold: false };
const last: AttemptState = { ...first, made: 3 };
const garbled = { kind: 'garbled' as const, because: 'not-json' as const };
const answer = { text: 'Hello', finishReason: 'stop', usage: { input_tokens: 1, output_tokens: 1 } };

const passing = fc.oneof(
  fc.record({ kind: fc.constant('throttled' as const), retryAfterMs: fc.option(fc.nat({ max: 120_000 })) }),
  fc.record({
    kind: fc.constant('unavailable' as const),
    because: fc.constantFrom('connection' as const, 'timeout' as const, 'server-error' as const),
  }),
  fc.constant(garbled),
);
const outcomes: fc.Arbitrary<CallOutcome> = fc.oneof(
  passing,
  fc.constant({ kind: 'completed' as const, answer }),
  fc.record({ kind: fc.constant('refused' as const), status: fc.integer({ min: 400, max: 499 }) }),
  fc.constant({ kind: 'aborted' as const }),
);
const attempts = fc.record<AttemptState>({
  made: fc.integer({ min: 1, max: 2_000 }),
  attemptsMax: fc.integer({ min: 1, max: 2_000 }),
  remainingMs: fc.integer({ min: -1_000, max: 200_000 }),
  canRetry: fc.boolean(),
  hasTold: fc.boolean(),
});
const dice = fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true });

describe('judgeAttempt', () => {
  it('succeeds with the answer, even at the last moment', () => {
    const late = { made: 3, attemptsMax: 3, remainingMs: -5, canRetry: false, hasTold: true };
    expect(judgeAttempt({ kind: 'completed', answer }, late, 0)).toEqual({ kind: 'succeed', answer });
  });

  it('never retries what was refused', () => {
    const verdict = judgeAttempt({ kind: 'refused', status: 400 }, first, 0);
    expect(verdict).toEqual({ kind: 'fail', because: 'backend_refused' });
  });

  it('leaves an aborted attempt to whoever aborted', () => {
    expect(judgeAttempt({ kind: 'aborted' }, first, 0)).toEqual({ kind: 'stop' });
  });

  it.each<[CallOutcome, string]>([
    [{ kind: 'unavailable', because: 'connection' }, 'backend_unavailable'],
    [{ kind: 'unavailable', because: 'timeout' }, 'backend_unavailable'],
    [{ kind: 'unavailable', because: 'server-error' }, 'backend_bad_response'],
    [garbled, 'backend_bad_response'],
    [{ kind: 'throttled', retryAfterMs: null }, 'backend_unavailable'],
  ])('retries %j, and at last fails for the same reason', (outcome, because) => {
    expect(judgeAttempt(outcome, first, 0.5)).toEqual({ kind: 'retry', delayMs: 50, because });
    expect(judgeAttempt(outcome, last, 0.5)).toEqual({ kind: 'fail', because });
  });

  it('fails when the retry budget is spent', () => {
    const verdict = judgeAttempt(garbled, { ...first, canRetry: false }, 0);
    expect(verdict).toEqual({ kind: 'fail', because: 'backend_bad_response' });
  });

  it('does not ask again for an answer that is too large', () => {
    const oversized = { kind: 'garbled' as const, because: 'oversized' as const };
    expect(judgeAttempt(oversized, first, 0)).toEqual({ kind: 'fail', because: 'backend_bad_response' });
    const told = { ...first, hasTold: true };
    expect(judgeAttempt(oversized, told, 0)).toEqual({ kind: 'fail', because: 'stream_interrupted' });
  });

  it('repeats no attempt of which tokens were told', () => {
    fc.assert(
      fc.property(passing, attempts, dice, (outcome, attempt, thrown) => {
        const verdict = judgeAttempt(outcome, { ...attempt, hasTold: true }, thrown);
        expect(verdict).toEqual({ kind: 'fail', because: 'stream_interrupted' });
      }),
    );
  });

  it('passes on what a backend said that refused', () => {
    const refusal = {
      status: 400,
      message: 'too long',
      type: null,
      code: 'context_length_exceeded',
      param: null,
    };
    expect(judgeAttempt({ kind: 'refused', status: 400, refusal }, first, 0)).toMatchObject({ refusal });
  });

  it('doubles the ceiling of the wait up to 2 s', () => {
    const ceilings = [1, 2, 3, 4, 5, 6, 7].map((made) => {
      const verdict = judgeAttempt(garbled, { ...first, made, attemptsMax: 9 }, 1 - 2 ** -32);
      return verdict.kind === 'retry' ? verdict.delayMs : null;
    });
    expect(ceilings).toEqual([100, 200, 400, 800, 1_600, 2_000, 2_000]);
  });

  it('retries only within attempts, budget and deadline, after a wait of 2 s at most', () => {
    fc.assert(
      fc.property(outcomes, attempts, dice, (outcome, attempt, thrown) => {
        const verdict = judgeAttempt(outcome, attempt, thrown);
        fc.pre(verdict.kind === 'retry');
        expect(attempt.canRetry && attempt.made < attempt.attemptsMax).toBe(true);
        expect(verdict.delayMs).toBeLessThan(attempt.remainingMs);
        expect(verdict.delayMs).toBeGreaterThanOrEqual(0);
        expect(verdict.delayMs).toBeLessThanOrEqual(2_000);
        expect(Number.isInteger(verdict.delayMs)).toBe(true);
      }),
      { numRuns: 500 },
    );
  });

  it('tries what may pass again whenever there are attempts, budget and time', () => {
    fc.assert(
      fc.property(passing, attempts, dice, (outcome, attempt, thrown) => {
        const generous = {
          ...attempt,
          attemptsMax: attempt.made + 1,
          remainingMs: 200_000,
          canRetry: true,
          hasTold: false,
        };
        expect(judgeAttempt(outcome, generous, thrown).kind).toBe('retry');
      }),
    );
  });

  it('waits longer for a higher throw', () => {
    fc.assert(
      fc.property(dice, dice, (one, other) => {
        const delay = (thrown: number) => {
          const verdict = judgeAttempt(garbled, first, thrown);
          return verdict.kind === 'retry' ? verdict.delayMs : Number.NaN;
        };
        expect(delay(Math.min(one, other))).toBeLessThanOrEqual(delay(Math.max(one, other)));
      }),
    );
  });
});
