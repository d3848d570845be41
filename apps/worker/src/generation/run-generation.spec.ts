import { EventEmitter } from 'node:events';
import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import type { GenerationTask } from '#common/contracts/generation.js';
import type { Logger } from '#common/observability/logger.js';
import { Metrics } from '#common/observability/metrics.js';
import { channels } from '#common/redis/keys.js';
import type { Ending, JobRef, Settled, Settlement } from '#common/settlement/settlement.js';
import type { Backend, CallOutcome } from '../backends/backend.js';
import { BackendPool } from '../backends/backend-pool.js';
import type { Claim, ClaimsLedger } from './claims.ledger.js';
import { RetryBudget } from './retry-budget.js';
import { RunGeneration } from './run-generation.js';
import { RunningJobs } from './running-jobs.js';

const job: JobRef = { id: 'job_1', tenant: 't', pool: 'default' };
const task: GenerationTask = { model: 'sim-fast', messages: [], max_tokens: 9, temperature: 0 };
const usage = { input_tokens: 3, output_tokens: 4 };
const completed: CallOutcome = { kind: 'completed', answer: { text: 'Hello', finishReason: 'stop', usage } };
const garbled: CallOutcome = { kind: 'garbled' };
const begun = { kind: 'begun' as const, requestId: 'r', remainingMs: 60_000, queueWaitMs: 250, delivery: 1 };
const shape = { kind: 'simulator', models: ['*'] } as const;

beforeEach(() => {
  // Retries come at once: full jitter takes the lowest wait.
  jest.spyOn(Math, 'random').mockReturnValue(0);
  jest.useFakeTimers();
});
afterEach(() => {
  expect(jest.getTimerCount()).toBe(0);
  jest.useRealTimers();
  jest.restoreAllMocks();
});

/** `outcomes`: what each call says, the last from then on; null answers only when aborted. */
const usual = () => ({
  claim: begun as Claim,
  settled: { kind: 'settled', atMs: 1 } as Settled,
  isHandedBack: true,
  outcomes: [completed] as (CallOutcome | null)[],
  ids: ['a', 'b', 'c'],
  budget: new RetryBudget(),
});

async function running(given: Partial<ReturnType<typeof usual>>) {
  const world = { ...usual(), ...given };
  const called: string[] = [];
  const call = async (id: string, signal: AbortSignal): Promise<CallOutcome> => {
    called.push(id);
    const outcome = world.outcomes[Math.min(called.length, world.outcomes.length) - 1];
    if (outcome !== undefined && outcome !== null) return outcome;
    await new Promise((resolve) => signal.addEventListener('abort', resolve));
    return { kind: 'aborted' };
  };
  const backends = world.ids.map((id): Backend => ({
    ...shape,
    id,
    call: async (_, signal) => call(id, signal),
  }));
  const settle = jest.fn(async (_job: JobRef, _ending: Ending) => world.settled);
  const handBack = jest.fn<ClaimsLedger['handBack']>().mockResolvedValue(world.isHandedBack);
  const subscriber = Object.assign(new EventEmitter(), { subscribe: async () => 1 });
  const quiet = () => undefined;
  const logger = { info: quiet, warn: quiet, debug: quiet } as unknown as Logger;
  const pipeline = () => ({ hget: () => undefined, exec: async () => [[null, 'running']] });
  const connections = { subscriber, commands: { pipeline } } as never;
  const jobs = new RunningJobs('w', connections, logger);
  await jobs.start();
  const metrics = new Metrics({});
  const run = new RunGeneration({
    workerId: 'w',
    claims: { begin: async () => world.claim, handBack } as unknown as ClaimsLedger,
    running: jobs,
    backends: new BackendPool(backends, metrics, { count: quiet }),
    budget: world.budget,
    prices: {},
    settlement: { settle } as unknown as Settlement,
    metrics,
    logger,
  });
  const ran = run.execute(job, task).finally(() => jobs.close());
  const endings = () => settle.mock.calls.map(([, ending]) => ending);
  const abandon = () =>
    subscriber.emit('message', channels.workerControl('w'), '{"kind":"abandon","job_id":"job_1"}');
  return { ran, called, endings, settle, handBack, jobs, metrics, abandon };
}

const failing = (error_code: string, outcome: object) => ({
  status: 'failed',
  outcome: { error_code, ...outcome },
  by: 'w',
});

describe('RunGeneration', () => {
  it('settles a job with the answer of its backend', async () => {
    const { ran, endings, settle, called } = await running({});
    expect(await ran).toEqual({ kind: 'closed' });
    expect(called).toEqual(['a']);
    expect(settle.mock.calls[0]?.[0]).toBe(job);
    const made = { attempts: 1, backend_id: 'a', processing_ms: 0 };
    const outcome = { ...made, text: 'Hello', finish_reason: 'stop', usage };
    expect(endings()).toEqual([{ status: 'completed', outcome, by: 'w' }]);
  });

  it('tries again elsewhere, avoiding whoever failed, and tells how many attempts it took', async () => {
    const { ran, endings, called } = await running({ outcomes: [garbled, garbled, completed] });
    await ran;
    expect(called).toEqual(['a', 'b', 'c']);
    expect(endings()).toMatchObject([{ status: 'completed', outcome: { attempts: 3, backend_id: 'c' } }]);
  });

  it('gives up after three attempts, for the last one’s reason', async () => {
    const throttled: CallOutcome = { kind: 'throttled', retryAfterMs: null };
    const { ran, endings, called } = await running({ outcomes: [garbled, garbled, throttled] });
    expect(await ran).toEqual({ kind: 'failed', because: 'backend_unavailable' });
    expect(called).toHaveLength(3);
    const outcome = { attempts: 3, backend_id: 'c', processing_ms: 0 };
    expect(endings()).toEqual([failing('backend_unavailable', outcome)]);
  });

  it('asks nobody again what one backend refused as invalid', async () => {
    const { ran, called } = await running({ outcomes: [{ kind: 'refused', status: 400 }] });
    expect(await ran).toEqual({ kind: 'failed', because: 'backend_refused' });
    expect(called).toHaveLength(1);
  });

  it('earns a tenth of a retry with each job, spends one with each retry, and makes none that is not earned', async () => {
    const budget = new RetryBudget();
    for (let spent = 0; spent < 10; spent++) budget.withdraw();
    for (let earned = 0; earned < 9; earned++) budget.deposit();
    const { ran, called } = await running({ outcomes: [garbled], budget });
    expect(await ran).toEqual({ kind: 'failed', because: 'backend_bad_response' });
    expect(called).toHaveLength(2);
    expect(budget.canRetry()).toBe(false);
  });

  it('ends a job that no backend serves as backend_unavailable, without an attempt', async () => {
    const { ran, endings, called } = await running({ ids: [] });
    expect(await ran).toEqual({ kind: 'failed', because: 'backend_unavailable' });
    expect(called).toEqual([]);
    expect(endings()).toEqual([failing('backend_unavailable', { attempts: 0 })]);
  });

  it('calls no backend and settles nothing when somebody else has ended the job', async () => {
    const { ran, settle, called } = await running({ claim: { kind: 'closed' } });
    expect(await ran).toEqual({ kind: 'closed' });
    expect(called).toEqual([]);
    expect(settle).not.toHaveBeenCalled();
  });

  it('calls no backend for a job whose deadline passed in the queue, and settles it as expired', async () => {
    const { ran, endings, called } = await running({ claim: { kind: 'expired' } });
    expect(await ran).toEqual({ kind: 'closed' });
    expect(called).toEqual([]);
    const outcome = { attempts: 0, error_code: 'deadline_exceeded' };
    expect(endings()).toEqual([{ status: 'expired', outcome, by: 'w' }]);
  });

  it('aborts the call at the deadline, not before, and settles the job as expired', async () => {
    const { ran, endings, handBack } = await running({ outcomes: [null] });
    await jest.advanceTimersByTimeAsync(59_999);
    expect(endings()).toEqual([]);
    await jest.advanceTimersByTimeAsync(1);
    expect(await ran).toEqual({ kind: 'closed' });
    expect(endings()).toEqual([
      { status: 'expired', outcome: { attempts: 1, error_code: 'deadline_exceeded' }, by: 'w' },
    ]);
    expect(handBack).not.toHaveBeenCalled();
  });

  it('settles nothing and aborts the call when somebody else ended the job meanwhile', async () => {
    const { ran, abandon, settle, handBack } = await running({ outcomes: [null] });
    await jest.advanceTimersByTimeAsync(100);
    abandon();
    expect(await ran).toEqual({ kind: 'closed' });
    expect(settle).not.toHaveBeenCalled();
    expect(handBack).not.toHaveBeenCalled();
  });

  it.each([
    [true, 'handed-back'],
    [false, 'closed'],
  ])(
    'hands a job back when its worker stops, and settles nothing (still its own: %s)',
    async (isHandedBack, kind) => {
      const { ran, jobs, settle, handBack } = await running({ outcomes: [null], isHandedBack });
      await jest.advanceTimersByTimeAsync(100);
      const drained = jobs.drain(200);
      await jest.advanceTimersByTimeAsync(199);
      expect(handBack).not.toHaveBeenCalled();
      await jest.advanceTimersByTimeAsync(1);
      expect(await ran).toEqual({ kind });
      await drained;
      expect(handBack.mock.calls).toEqual([[job]]);
      expect(settle).not.toHaveBeenCalled();
    },
  );

  it('leaves off waiting for a retry when it is told to stop', async () => {
    const throttled: CallOutcome = { kind: 'throttled', retryAfterMs: 50_000 };
    const { ran, abandon, called, settle } = await running({ outcomes: [throttled] });
    await jest.advanceTimersByTimeAsync(100);
    abandon();
    expect(await ran).toEqual({ kind: 'closed' });
    expect(called).toHaveLength(1);
    expect(settle).not.toHaveBeenCalled();
  });

  it.each<Settled>([{ kind: 'already', status: 'cancelled' }, { kind: 'unknown' }])(
    'says closed, not failed, when its failure came second: %j',
    async (settled) => {
      const { ran, metrics } = await running({ outcomes: [{ kind: 'refused', status: 400 }], settled });
      expect(await ran).toEqual({ kind: 'closed' });
      const values = (await metrics.counter('sluice_settlements_total').get()).values;
      expect(values).toEqual([{ value: 1, labels: { pool: 'default', status: settled.kind } }]);
    },
  );

  it('counts a job as begun, its tokens and its wait, the wait only at the first delivery', async () => {
    const counted = async (claim: Claim) => {
      const { ran, metrics } = await running({ claim });
      await ran;
      const begunJobs = await metrics.counter('llm_instance_requests_total').get();
      const tokens = await metrics.counter('llm_instance_tokens_total').get();
      const waits = await metrics.histogram('sluice_queue_wait_seconds').get();
      const waited = waits.values.find(({ metricName }) => metricName?.endsWith('_sum'));
      return [begunJobs.values[0]?.value, tokens.values[0]?.value, waited?.value];
    };
    expect(await counted(begun)).toEqual([1, 4, 0.25]);
    expect(await counted({ ...begun, delivery: 2 })).toEqual([1, 4, undefined]);
    expect(await counted({ kind: 'closed' })).toEqual([0, 0, undefined]);
  });

  it('lets a defect through to whoever runs it, and settles nothing', async () => {
    const { ran, settle, jobs } = await running({
      outcomes: [{ kind: 'never heard of' } as unknown as CallOutcome],
    });
    await expect(ran).rejects.toThrow();
    expect(settle).not.toHaveBeenCalled();
    expect(jobs.count).toBe(0);
  });
});
