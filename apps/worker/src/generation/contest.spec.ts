import { describe, expect, it } from '@jest/globals';
import type { CallOutcome } from '../backends/backend.js';
import type { Called } from '../backends/call-backend.js';
import type { Chosen } from '../backends/router.js';
import { type Contender, Contest } from './contest.js';

const usage = { input_tokens: 1, output_tokens: 1 };
const completed: CallOutcome = { kind: 'completed', answer: { text: 'Hi', finishReason: 'stop', usage } };
const cut: CallOutcome = { kind: 'unavailable', because: 'connection' };
const chosen = {} as Chosen;

/** A call that ends when the test says so, or as aborted when its signal fires. */
function call(contest: Contest, number: number) {
  const signal = contest.enter(number);
  let end: (outcome: CallOutcome) => void = () => undefined;
  const ended = new Promise<Called>((resolve) => {
    end = (outcome) => {
      resolve({ outcome, tookMs: 1 });
    };
    signal.addEventListener('abort', () => {
      resolve({ outcome: { kind: 'aborted' }, tookMs: 1 });
    });
  });
  const contender: Contender = { chosen, number, ended };
  return { contender, end: (outcome: CallOutcome) => end(outcome), signal };
}

function two() {
  const stop = new AbortController();
  const contest = new Contest(stop.signal);
  const [first, second] = [call(contest, 1), call(contest, 2)];
  const decided = contest.decide([first.contender, second.contender]);
  return { contest, first, second, decided, stop };
}

describe('Contest', () => {
  it('is decided by the first answer; the other call is aborted', async () => {
    const { first, second, decided } = two();
    second.end(completed);
    expect((await decided).contender.number).toBe(2);
    expect([first.signal.aborted, second.signal.aborted]).toEqual([true, false]);
  });

  it('waits for the other call when one has failed', async () => {
    const { first, second, decided } = two();
    first.end(cut);
    second.end(completed);
    expect(await decided).toMatchObject({ contender: { number: 2 }, called: { outcome: completed } });
  });

  it('ends as the last one does when all fail', async () => {
    const { first, second, decided } = two();
    second.end(cut);
    first.end({ kind: 'garbled', because: 'empty' });
    expect(await decided).toMatchObject({
      contender: { number: 1 },
      called: { outcome: { kind: 'garbled' } },
    });
  });

  it('hears only who spoke first, and takes its end, good or bad', async () => {
    const { contest, first, second, decided } = two();
    expect(contest.hears(2)).toBe(true);
    expect(contest.decided.aborted).toBe(true);
    expect([contest.hears(1), contest.hears(2), first.signal.aborted]).toEqual([false, true, true]);
    second.end(cut);
    expect(await decided).toMatchObject({ contender: { number: 2 }, called: { outcome: cut } });
  });

  it('aborts every call when the job is told to stop', async () => {
    const { first, second, decided, stop } = two();
    stop.abort('deadline');
    expect([first.signal.aborted, second.signal.aborted]).toEqual([true, true]);
    expect((await decided).called.outcome).toEqual({ kind: 'aborted' });
  });
});
