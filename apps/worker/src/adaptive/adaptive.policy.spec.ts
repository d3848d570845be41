import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import type { CallOutcome } from '../backends/backend.js';
import {
  type AdaptiveState,
  countsAs,
  FACTOR_MIN,
  judgeWindow,
  type Outcomes,
  OUTCOMES_MIN,
  TRUSTED,
} from './adaptive.policy.js';

const of = (succeeded: number, failed: number): Outcomes => ({ succeeded, failed });
const judge = (windows: readonly Outcomes[], from: AdaptiveState = TRUSTED): AdaptiveState =>
  windows.reduce(judgeWindow, from);

const GOOD = of(100, 0);
const FAIR = of(95, 5);
const POOR = of(50, 50);

const outcomes = fc.record({ succeeded: fc.nat(200), failed: fc.nat(200) });
/** Every state that windows can lead to. */
const states = fc.array(outcomes, { maxLength: 40 }).map((windows) => judge(windows));

describe('judgeWindow', () => {
  it('keeps the factor between its floor and 1, whatever happens', () => {
    fc.assert(
      fc.property(fc.array(outcomes, { maxLength: 100 }), (windows) => {
        let state = TRUSTED;
        for (const window of windows) {
          state = judgeWindow(state, window);
          expect(state.factor).toBeGreaterThanOrEqual(FACTOR_MIN);
          expect(state.factor).toBeLessThanOrEqual(1);
        }
      }),
    );
  });

  it('changes nothing by a window of too few outcomes', () => {
    const few = fc
      .nat(OUTCOMES_MIN - 1)
      .chain((total) => fc.nat(total).map((failed) => of(total - failed, failed)));
    fc.assert(fc.property(states, few, (state, window) => expect(judgeWindow(state, window)).toEqual(state)));
  });

  it('never raises the factor for a window that is worse, all else being equal', () => {
    fc.assert(
      fc.property(
        states,
        fc.integer({ min: 20, max: 300 }),
        fc.nat(),
        fc.nat(),
        (state, total, one, other) => {
          const [fewer = 0, more = 0] = [one % (total + 1), other % (total + 1)].sort((a, b) => a - b);
          const better = judgeWindow(state, of(total - fewer, fewer));
          const worse = judgeWindow(state, of(total - more, more));
          expect(worse.factor).toBeLessThanOrEqual(better.factor);
        },
      ),
    );
  });

  it('comes back to 1 after any past, once all is well', () => {
    fc.assert(
      fc.property(states, (state) => {
        expect(
          judge(
            Array.from({ length: 20 }, () => GOOD),
            state,
          ).factor,
        ).toBe(1);
      }),
    );
  });

  it('cuts by three tenths for every window under 90 %, down to the floor', () => {
    const factors = Array.from({ length: 8 }, (_, n) => judge(Array.from({ length: n }, () => POOR)).factor);
    expect(factors).toEqual([1, 0.7, 0.49, 0.343, 0.2401, 0.1681, 0.1177, 0.1]);
  });

  it('adds a tenth for every two windows in a row over 98 %', () => {
    const from = { factor: 0.1, streak: 0 };
    const factors = Array.from(
      { length: 7 },
      (_, n) =>
        judge(
          Array.from({ length: n }, () => GOOD),
          from,
        ).factor,
    );
    expect(factors).toEqual([0.1, 0.1, 0.2, 0.2, 0.3, 0.3, 0.4]);
  });

  it.each([
    ['fair', FAIR],
    ['poor', POOR],
  ])('begins the row anew after a %s window', (_, between) => {
    const from = { factor: 0.1, streak: 0 };
    expect(judge([GOOD, between, GOOD], from)).toEqual({ factor: 0.1, streak: 1 });
  });

  it('leaves the row alone for a window of too few outcomes', () => {
    expect(judge([GOOD, of(0, 19), GOOD], { factor: 0.5, streak: 0 }).factor).toBe(0.6);
  });

  it.each([
    [of(17, 3), 0.7],
    [of(18, 2), 1],
    [of(899, 101), 0.7],
    [of(900, 100), 1],
  ])('cuts under 90 %, not at it: %j leads to %d', (window, factor) => {
    expect(judgeWindow(TRUSTED, window).factor).toBe(factor);
  });

  it.each([
    [of(98, 2), 0],
    [of(99, 1), 1],
    [of(980, 20), 0],
    [of(981, 19), 1],
  ])('calls a window good over 98 %%, not at it: %j makes a row of %d', (window, streak) => {
    expect(judgeWindow(TRUSTED, window).streak).toBe(streak);
  });
});

describe('countsAs', () => {
  const answer = { text: '', finishReason: 'stop', usage: { input_tokens: 1, output_tokens: 1 } } as const;

  it.each<[CallOutcome]>([
    [{ kind: 'throttled', retryAfterMs: null }],
    [{ kind: 'unavailable', because: 'connection' }],
    [{ kind: 'unavailable', because: 'timeout' }],
    [{ kind: 'unavailable', because: 'server-error', status: 500 }],
    [{ kind: 'garbled', because: 'empty' }],
  ])('blames the backend for %j', (outcome) => {
    expect(countsAs(outcome)).toBe('failed');
  });

  it('credits the backend with an answer', () => {
    expect(countsAs({ kind: 'completed', answer })).toBe('succeeded');
  });

  it.each<[CallOutcome]>([[{ kind: 'refused', status: 400 }], [{ kind: 'aborted' }]])(
    'says nothing about the backend for %j',
    (outcome) => {
      expect(countsAs(outcome)).toBeNull();
    },
  );
});
