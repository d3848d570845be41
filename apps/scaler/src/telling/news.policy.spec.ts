import { describe, expect, it } from '@jest/globals';
import type { ScalingDecision, ScalingReason } from '#common/contracts/scaling.js';
import { entriesMax, judgeNews, type Telling } from './news.policy.js';

const reason = (code: string): ScalingReason => ({ code, rule: 'need', value: 2, to: 2, facts: {} });
const holding: ScalingDecision = {
  policy: 'slo',
  current: 2,
  desired: 2,
  action: 'hold',
  victims: [],
  undrain: [],
  reasons: [reason('erlang')],
};
const telling = (change: Partial<ScalingDecision> = {}, at_ms = 1_000): Telling => ({
  at_ms,
  decision: { ...holding, ...change },
});
const growing = { action: 'up', desired: 4 } as const;

describe('a report', () => {
  it('that is the first of its pool is told and is news', () => {
    expect(judgeNews(null, telling())).toEqual({ isTold: true, isNews: true });
  });

  it('that says what the last one said is told again after 10 s, and is no news', () => {
    const quiet = { isTold: false, isNews: false };
    expect(judgeNews(telling(), telling({}, 3_000))).toEqual(quiet);
    expect(judgeNews(telling(), telling({ current: 1 }, 10_999))).toEqual(quiet);
    expect(judgeNews(telling(), telling({}, 11_000))).toEqual({ isTold: true, isNews: false });
    expect(judgeNews(telling(), telling({}, 999))).toEqual({ isTold: true, isNews: false });
  });

  it.each([
    ['another number', { desired: 3 }],
    ['other reasons', { reasons: [reason('erlang'), reason('max')] }],
    ['an action', growing],
    ['a victim', { victims: ['w-1'] }],
    ['a worker to take back', { undrain: ['w-1'] }],
  ])('with %s is told and is news', (_, change) => {
    expect(judgeNews(telling(), telling(change, 3_000))).toEqual({ isTold: true, isNews: true });
  });

  it('that acts as the last one did, in vain, is told no more often than one that holds', () => {
    const last = telling(growing);
    expect(judgeNews(last, telling(growing, 3_000))).toEqual({ isTold: false, isNews: false });
    expect(judgeNews(last, telling({ ...growing, current: 3 }, 3_000))).toEqual({
      isTold: true,
      isNews: true,
    });
  });
});

describe('the stream of decisions', () => {
  it('holds fewer entries the longer they are, so that a large fleet does not fill Redis', () => {
    expect([0, 1_000, 3_200, 6_400, 64_000, 10_000_000].map(entriesMax)).toEqual([
      20_000, 20_000, 20_000, 10_000, 1_000, 500,
    ]);
  });
});
