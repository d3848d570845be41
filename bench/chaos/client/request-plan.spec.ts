import { describe, expect, it } from '@jest/globals';
import { planRequest } from './request-plan.js';

const mix = { seed: 3, run: 'x', hasReceivers: true };
const plans = Array.from({ length: 2_000 }, (_, number) => planRequest(mix, number));

describe('planRequest', () => {
  it('plans the same request for the same seed and number, each with a marker of its own', () => {
    expect(planRequest(mix, 7)).toEqual(plans[7]);
    expect(planRequest({ ...mix, seed: 4 }, 7)).not.toEqual(plans[7]);
    expect(new Set(plans.map(({ marker }) => marker)).size).toBe(plans.length);
  });

  it('mixes every mode with and without keys, cancels, hang-ups, short deadlines and receivers', () => {
    for (const mode of ['sync', 'async', 'stream', 'chat', 'chat-stream']) {
      const ofMode = plans.filter((plan) => plan.mode === mode);
      expect(ofMode.filter(({ idempotencyKey }) => idempotencyKey !== null).length).toBeGreaterThan(50);
      expect(ofMode.filter(({ idempotencyKey }) => idempotencyKey === null).length).toBeGreaterThan(50);
    }
    const intents = plans.map(({ intent }) => intent.kind);
    expect(intents.filter((kind) => kind === 'cancel').length).toBeGreaterThan(50);
    expect(intents.filter((kind) => kind === 'hang-up').length).toBeGreaterThan(50);
    expect(plans.filter(({ timeoutMs }) => timeoutMs !== null && timeoutMs < 1_500).length).toBeGreaterThan(
      20,
    );
    expect(new Set(plans.map(({ receiver }) => receiver))).toEqual(
      new Set(['steady', 'flaky', 'slow', null]),
    );
  });

  it('names no receiver when there is none', () => {
    const without = Array.from({ length: 200 }, (_, at) => planRequest({ ...mix, hasReceivers: false }, at));
    expect(without.every(({ receiver }) => receiver === null)).toBe(true);
  });
});
