import { describe, expect, it } from '@jest/globals';
import type { CallOutcome } from '../backends/backend.js';
import { completed, cut, garbled, routed, type World } from '../../../../test/support/routed.js';
import { eventually } from '../../../../test/support/eventually.js';
import { taskOf } from '../../../../test/support/task.js';
import type { StreamedRun } from '../streaming/stream-writer.js';
import { MakeAttempt } from './make-attempt.js';
import { RetryBudget } from './retry-budget.js';

const HEDGING = { '*': { strategy: 'priority', hedge_after_ms: 20 } };

async function attempting(changes: Partial<World>, budget = new RetryBudget()) {
  const parts = routed(changes);
  const { router, callBackend, directory, metrics, calls } = parts;
  const told: { run: StreamedRun; texts: string[]; isEnded: boolean }[] = [];
  const attempts = new MakeAttempt({
    router,
    directory,
    budget,
    metrics,
    calls: callBackend,
    tell: (run) => {
      const telling = { run, texts: [] as string[], isEnded: false };
      told.push(telling);
      return {
        piece: ({ text }) => void telling.texts.push(text),
        end: async () => void (telling.isEnded = true),
      };
    },
  });
  const stop = new AbortController();
  const task = taskOf({ is_streamed: true });
  const tried = new Set<string>();
  const route = await router.find({ pool: 'default', task, tried }, stop.signal);
  if (route.kind !== 'chosen') throw new Error(route.kind);
  const attempted = attempts.execute(
    {
      job: { id: 'job_1', tenant: 't', pool: 'default' },
      task,
      chosen: route,
      tried,
      number: 1,
      delivery: 2,
      abandon: () => undefined,
    },
    stop.signal,
  );
  const called = (count: number) =>
    eventually(`${count} calls`, () => (calls.length >= count ? calls : null));
  const hedges = async () =>
    (await metrics.registry.getSingleMetric('sluice_hedges_total')?.get())?.values.map(
      ({ labels }) => labels['winner'],
    );
  return { ...parts, attempted, told, stop, called, hedges, budget };
}

describe('one attempt', () => {
  it('asks the backend for the model that was chosen, and says who answered', async () => {
    const { attempted, calls } = await attempting({});
    expect(await attempted).toMatchObject({ outcome: completed, made: 1, called: ['a'], run: null });
    expect(calls[0]?.task).toEqual(taskOf({ is_streamed: true }));
  });

  it('tells every piece as it comes, under a run of its own, and is over when all of them are told', async () => {
    const { attempted, called, told } = await attempting({ answers: { a: [null] } });
    const [call] = await called(1);
    call?.say('Hel');
    call?.say('lo');
    expect(told).toMatchObject([
      { run: { run: 201, backend: 'a', model: 'sim-fast' }, texts: ['Hel', 'lo'], isEnded: false },
    ]);
    call?.end(completed);
    expect(await attempted).toMatchObject({ run: 201 });
    expect(told).toMatchObject([{ isEnded: true }]);
  });

  it('gives the permit back, and reports what it learnt', async () => {
    const { attempted, world, reports } = await attempting({ permits: { a: 1 }, answers: { a: [cut] } });
    await attempted;
    expect(world.permits['a']).toBe(1);
    expect(reports).toEqual([['a', 'unavailable', false]]);
  });

  it('lets a backend rest that says for how long', async () => {
    const throttled: CallOutcome = { kind: 'throttled', retryAfterMs: 9_000 };
    const { attempted, router } = await attempting({ backends: [{ id: 'a' }], answers: { a: [throttled] } });
    await attempted;
    const asking = { pool: 'default', task: taskOf(), tried: new Set<string>() };
    expect(router.postponed(asking)).toMatchObject({ because: 'rest' });
  });
});

describe('an attempt that hedges', () => {
  it('calls a second backend when the first is silent, and takes whoever answers first', async () => {
    const { attempted, calls, hedges, budget, window } = await attempting({
      routes: HEDGING,
      answers: { a: [null] },
    });
    expect(await attempted).toMatchObject({ made: 2, called: ['a', 'b'], backend: { config: { id: 'b' } } });
    expect(calls.map(({ signal }) => signal.aborted)).toEqual([true, false]);
    expect(await hedges()).toEqual(['hedge']);
    // The call that was aborted says nothing of its backend.
    expect(window.read()).toEqual({ succeeded: 1 });
    for (let left = 0; left < 9; left++) budget.withdraw();
    expect(budget.canRetry()).toBe(false);
  });

  it('tells the pieces of one of them only', async () => {
    const { attempted, called, told } = await attempting({
      routes: HEDGING,
      answers: { a: [null], b: [null] },
    });
    const [first, second] = await called(2);
    second?.say('from b');
    first?.say('from a');
    second?.end(completed);
    expect(await attempted).toMatchObject({ run: 202, called: ['a', 'b'] });
    expect(told.map(({ texts }) => texts)).toEqual([['from b']]);
    expect(first?.signal.aborted).toBe(true);
  });

  it('calls nobody else when the first speaks or fails in time, or when there is nobody else', async () => {
    const routes = { '*': { strategy: 'priority', hedge_after_ms: 60_000 } };
    const failed = await attempting({ routes, answers: { a: [garbled] } });
    expect(await failed.attempted).toMatchObject({ made: 1, outcome: garbled });

    const alone = await attempting({ routes: HEDGING, backends: [{ id: 'a' }], answers: { a: [null] } });
    const [call] = await alone.called(1);
    setTimeout(() => call?.end(completed), 60);
    expect(await alone.attempted).toMatchObject({ made: 1, called: ['a'] });
    expect(alone.calls).toHaveLength(1);
  });

  it('calls nobody else when the retry budget is spent', async () => {
    const budget = new RetryBudget();
    while (budget.withdraw());
    const { attempted, called, calls } = await attempting(
      { routes: HEDGING, answers: { a: [null] } },
      budget,
    );
    const [call] = await called(1);
    setTimeout(() => call?.end(completed), 60);
    await attempted;
    expect(calls).toHaveLength(1);
  });

  it('gives back what it found when the first call ends while it looks for a second', async () => {
    const { attempted, called, world, calls } = await attempting({
      routes: HEDGING,
      answers: { a: [null] },
      permits: { b: 0, c: 0 },
    });
    const [call] = await called(1);
    setTimeout(() => {
      world.permits['b'] = 1;
      call?.end(garbled);
    }, 60);
    expect(await attempted).toMatchObject({ made: 1, outcome: garbled });
    expect(calls).toHaveLength(1);
    expect(world.permits['b']).toBe(1);
  });

  it('is aborted whole', async () => {
    const { attempted, called, stop, calls } = await attempting({
      routes: HEDGING,
      answers: { a: [null], b: [null] },
    });
    await called(2);
    stop.abort('deadline');
    expect(await attempted).toMatchObject({ outcome: { kind: 'aborted' } });
    expect(calls.every(({ signal }) => signal.aborted)).toBe(true);
  });
});
