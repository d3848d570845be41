import { describe, expect, it } from '@jest/globals';
import { WEBHOOK_STEPS_MS } from './schedule.policy.js';
import { judgeSent } from './sent.policy.js';

const at = (number: number) => ({ number, dice: 0.5, stepsMs: WEBHOOK_STEPS_MS });
const answered = (status: number, retryAfterMs: number | null = null) =>
  ({ kind: 'answered', status, retryAfterMs, answer: '' }) as const;

describe('an attempt', () => {
  it.each([200, 201, 202, 204, 299])('that is answered %d delivers', (status) => {
    expect(judgeSent(answered(status), at(10))).toMatchObject({ status: 'delivered', error: null });
  });

  it.each([301, 302, 307, 308])('that is answered %d, a redirect, has failed', (status) => {
    expect(judgeSent(answered(status), at(1))).toMatchObject({ status: 'pending', delayMs: 5_000 });
  });

  it.each([400, 401, 404, 429, 500, 503])('that is answered %d is made again', (status) => {
    const verdict = judgeSent(answered(status, 7_000), at(1));
    expect(verdict).toEqual({
      status: 'pending',
      error: `answered ${status}`,
      delayMs: 7_000,
      isGone: false,
    });
  });

  it('that is answered 410 is the last, and the receiver is gone', () => {
    expect(judgeSent(answered(410), at(1))).toMatchObject({ status: 'dead', delayMs: null, isGone: true });
  });

  it('that brought no answer is made again, and the tenth failure is the end', () => {
    const sent = { kind: 'unanswered', because: 'the connection was refused' } as const;
    expect(judgeSent(sent, at(9))).toMatchObject({ status: 'pending', delayMs: 86_400_000 });
    expect(judgeSent(sent, at(10))).toEqual({
      status: 'dead',
      error: 'the connection was refused',
      delayMs: null,
      isGone: false,
    });
  });
});
