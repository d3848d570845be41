import { describe, expect, it } from '@jest/globals';
import { createDice } from '../../apps/worker/src/backends/simulator/dice.js';
import type { Answer } from './answer.js';
import { ANONYMOUS } from './callers.js';
import { Mix } from './mix.js';
import { RateProfile } from './rate-profile.js';
import { runPlan } from './run-plan.js';
import { RunRecord } from './run-record.js';
import { Sender } from './sender.js';

const MIX = {
  users: 2,
  callers: [[ANONYMOUS, 1]],
  models: [['m', 1]],
  promptWords: null,
  maxTokens: [[1, 1]],
} as const;
const dice = createDice(1, 0);
const never = new AbortController().signal;

interface Held {
  readonly userId: string;
  answer(endedAt?: number): void;
}

/** A server that answers when it is told to. */
function held(inFlightMax = Infinity) {
  const open: Held[] = [];
  const record = new RunRecord(performance.now(), 0, { withinMs: null, firstTokenMs: null });
  const client = {
    send: (request: Answer['request'], dueAt: number): Promise<Answer> =>
      new Promise((resolve) => {
        const outcome = {
          kind: 'generated',
          status: '200',
          workerId: 'w',
          backendId: 'b',
          outputTokens: 1,
        } as const;
        const answer = (endedAt = performance.now()): void =>
          resolve({
            request,
            dueAt,
            sentAt: dueAt,
            endedAt,
            firstTokenAt: null,
            gapsMs: [],
            outcome,
          });
        open.push({ userId: request.userId, answer });
      }),
  };
  return { open, record, sender: new Sender({ client, mix: new Mix(MIX, dice), record, inFlightMax }) };
}

const openPlan = (perSecond: number, seconds: number) =>
  ({
    kind: 'open',
    users: 2,
    profile: RateProfile.constant(perSecond, seconds),
    arrivals: 'uniform',
    inFlightMax: 5,
  }) as const;

describe('an open loop', () => {
  it('sends all that is due while nothing is answered, and counts waiting from when it was due', async () => {
    const { open, record, sender } = held();
    await runPlan(openPlan(200, 0.1), sender, dice, never);
    expect([open.length, record.all.due, sender.inFlight]).toEqual([20, 20, 20]);
    const end = performance.now();
    for (const { answer } of open) answer(end);
    await sender.idle();
    expect(record.all.succeeded).toBe(20);
    // The first was due 95 ms before the last.
    expect((record.all.latency.max ?? 0) - (record.all.latency.min ?? 0)).toBeCloseTo(95);
  });

  it('drops what is due while too many are in flight, and counts it', async () => {
    const { open, record, sender } = held(5);
    await runPlan(openPlan(200, 0.1), sender, dice, never);
    expect([open.length, record.all.due, record.all.dropped]).toEqual([5, 20, 15]);
    expect(record.windows.all[0]).toMatchObject({ due: 20, dropped: 15, inFlightMax: 5 });
  });
});

describe('a closed loop', () => {
  it('has no more in flight than callers, and each sends again when it is answered', async () => {
    const { open, sender } = held();
    const plan = { kind: 'closed', users: 3, profile: RateProfile.constant(3, 0.2) } as const;
    const running = runPlan(plan, sender, dice, never);
    expect(open.map(({ userId }) => userId)).toEqual(['test_user_0', 'test_user_1', 'test_user_2']);
    open[1]?.answer();
    await new Promise(setImmediate);
    expect(open.map(({ userId }) => userId).slice(3)).toEqual(['test_user_1']);
    const answering = setInterval(() => open.forEach(({ answer }) => answer()), 20);
    await running;
    clearInterval(answering);
  });
});

describe('users', () => {
  it('send every request on time, whether or not earlier ones were answered', async () => {
    const { open, sender } = held();
    const plan = { kind: 'users', users: 2, requestsPerUser: 3, delaySeconds: 0.001 } as const;
    await runPlan(plan, sender, dice, never);
    expect(open).toHaveLength(6);
    expect(open.filter(({ userId }) => userId === 'test_user_1')).toHaveLength(3);
  });
});
