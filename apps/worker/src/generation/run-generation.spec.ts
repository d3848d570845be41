import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import type { Logger } from '#common/observability/logger.js';
import { Metrics } from '#common/observability/metrics.js';
import type { Ending, JobRef, Settled, Settlement } from '#common/settlement/settlement.js';
import { taskOf } from '../../../../test/support/task.js';
import type { Router } from '../backends/router.js';
import { OutcomeWindow } from '../presence/outcome-window.js';
import type { Claim, ClaimsLedger } from './claims.ledger.js';
import { completed, type End, failed, reasonOf } from './end.js';
import { RunGeneration } from './run-generation.js';
import { RunningJobs } from './running-jobs.js';

const job: JobRef = { id: 'job_1', tenant: 't', pool: 'default' };
const usage = { input_tokens: 3, output_tokens: 4 };
const outcome = { attempts: 1, backend_id: 'a', text: 'Hello', usage, cost_usd: 0.5 };
const done: End = completed(outcome);
const refused: End = failed('backend_refused', { attempts: 1 });
const waiting: End = { kind: 'postponed', because: 'circuit', inMs: 4_000, attempts: 2 };
const begun = {
  kind: 'begun' as const,
  requestId: 'r',
  remainingMs: 60_000,
  queueWaitMs: 250,
  delivery: 1,
  attempts: 0,
};

beforeEach(() => {
  jest.spyOn(Math, 'random').mockReturnValue(0);
  jest.useFakeTimers();
});
afterEach(() => {
  expect(jest.getTimerCount()).toBe(0);
  jest.useRealTimers();
  jest.restoreAllMocks();
});

/** `end` null: the attempts end only when they are told to stop. */
const usual = () => ({
  claim: begun as Claim,
  settled: { kind: 'settled', atMs: 1, wasRunning: true } as Settled,
  isOurs: true,
  isOpen: true,
  end: done as End | null,
  later: null as ReturnType<Router['postponed']>,
});

async function running(given: Partial<ReturnType<typeof usual>>) {
  const world = { ...usual(), ...given };
  const settle = jest.fn(async (_job: JobRef, _ending: Ending) => world.settled);
  const handBack = jest.fn<ClaimsLedger['handBack']>().mockResolvedValue(world.isOurs);
  const postpone = jest.fn<ClaimsLedger['postpone']>().mockResolvedValue(world.isOurs);
  const begin = jest.fn<ClaimsLedger['begin']>().mockResolvedValue(world.claim);
  const quiet = () => undefined;
  const logger = { info: quiet, warn: quiet, debug: quiet } as unknown as Logger;
  const pipeline = () => ({ hget: () => undefined, exec: async () => [[null, 'running']] });
  const jobs = new RunningJobs({ pipeline } as never, logger);
  jobs.start();
  const metrics = new Metrics({});
  const outcomes = new OutcomeWindow();
  const execute = jest.fn(async (_: unknown, { signal }: { signal: AbortSignal }): Promise<End> => {
    if (world.end !== null) return world.end;
    await new Promise((resolve) => signal.addEventListener('abort', resolve));
    return { kind: 'stopped', reason: reasonOf(signal), attempts: 1 };
  });
  const run = new RunGeneration({
    workerId: 'w',
    claims: { begin, handBack, postpone, isOpen: async () => world.isOpen } as unknown as ClaimsLedger,
    running: jobs,
    router: { postponed: () => world.later },
    backends: { execute },
    settlement: { settle } as unknown as Settlement,
    outcomes,
    metrics,
    logger,
  });
  const ran = run.execute({ job, task: taskOf(), times: 0 }).finally(() => jobs.close());
  const endings = () => settle.mock.calls.map(([, ending]) => ending);
  const abandon = () => jobs.abandon('job_1');
  const counted = async (name: string) =>
    ((await metrics.registry.getSingleMetric(name)?.get())?.values ?? []).map(({ value, labels }) => ({
      value,
      labels,
    }));
  return {
    ran,
    execute,
    endings,
    settle,
    begin,
    handBack,
    postpone,
    jobs,
    metrics,
    outcomes,
    abandon,
    counted,
  };
}

describe('RunGeneration', () => {
  it('settles a job as its attempts have ended', async () => {
    const { ran, endings, settle } = await running({});
    expect(await ran).toEqual({ kind: 'closed' });
    expect(settle.mock.calls[0]?.[0]).toBe(job);
    expect(endings()).toEqual([{ status: 'completed', outcome, by: 'w' }]);
  });

  it('says why a job has failed', async () => {
    const { ran, endings } = await running({ end: refused });
    expect(await ran).toEqual({ kind: 'failed', because: 'backend_refused' });
    expect(endings()).toMatchObject([{ status: 'failed', outcome: { error_code: 'backend_refused' } }]);
  });

  it('calls no backend and settles nothing when somebody else has ended the job', async () => {
    const { ran, settle, execute } = await running({ claim: { kind: 'closed' } });
    expect(await ran).toEqual({ kind: 'closed' });
    expect(execute).not.toHaveBeenCalled();
    expect(settle).not.toHaveBeenCalled();
  });

  it('calls no backend for a job whose deadline passed in the queue, and settles it as expired', async () => {
    const { ran, endings, execute } = await running({ claim: { kind: 'expired' } });
    expect(await ran).toEqual({ kind: 'closed' });
    expect(execute).not.toHaveBeenCalled();
    const expired = { attempts: 0, error_code: 'deadline_exceeded' };
    expect(endings()).toEqual([{ status: 'expired', outcome: expired, by: 'w' }]);
  });

  it('does not begin a job that no backend can take, and comes back to it later', async () => {
    const later = { kind: 'later' as const, because: 'circuit' as const, inMs: 3_000 };
    const { ran, begin, counted, outcomes } = await running({ later });
    expect(await ran).toEqual({ kind: 'postponed', inMs: 3_000 });
    expect(begin).not.toHaveBeenCalled();
    const labels = { pool: 'default', because: 'circuit' };
    expect(await counted('sluice_deferrals_total')).toEqual([{ value: 1, labels }]);
    expect(outcomes.read()).toEqual({ no_backend: 1 });
    expect(await (await running({ later, isOpen: false })).ran).toEqual({ kind: 'closed' });
  });

  it('gives a job back that no backend can take any more, unless it is somebody else’s by now', async () => {
    const { ran, postpone, settle, outcomes } = await running({ end: waiting });
    expect(await ran).toEqual({ kind: 'postponed', inMs: 4_000 });
    expect(postpone.mock.calls).toEqual([[job, 2]]);
    expect(settle).not.toHaveBeenCalled();
    expect(outcomes.read()).toEqual({ no_backend: 1 });
    expect(await (await running({ end: waiting, isOurs: false })).ran).toEqual({ kind: 'closed' });
  });

  it('aborts the call at the deadline, not before, and settles the job as expired', async () => {
    const { ran, endings, handBack } = await running({ end: null });
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
    const { ran, abandon, settle, handBack } = await running({ end: null });
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
    async (isOurs, kind) => {
      const { ran, jobs, settle, handBack } = await running({ end: null, isOurs });
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

  it.each<Settled>([{ kind: 'already', status: 'cancelled' }, { kind: 'unknown' }])(
    'says closed, not failed, when its failure came second: %j',
    async (settled) => {
      const { ran, metrics } = await running({ end: refused, settled });
      expect(await ran).toEqual({ kind: 'closed' });
      const values = (await metrics.counter('sluice_settlements_total').get()).values;
      expect(values).toEqual([{ value: 1, labels: { pool: 'default', status: settled.kind } }]);
    },
  );

  it('counts a job as begun, its tokens, its cost and its wait, the wait only at the first delivery', async () => {
    const counted = async (claim: Claim) => {
      const { ran, metrics, counted } = await running({ claim });
      await ran;
      const waits = await metrics.histogram('sluice_queue_wait_seconds').get();
      const waited = waits.values.find(({ metricName }) => metricName?.endsWith('_sum'));
      const names = ['llm_instance_requests_total', 'llm_instance_tokens_total', 'sluice_cost_usd_total'];
      const values = await Promise.all(names.map(async (name) => (await counted(name))[0]?.value));
      return [...values, waited?.value];
    };
    expect(await counted(begun)).toEqual([1, 4, 0.5, 0.25]);
    expect(await counted({ ...begun, delivery: 2 })).toEqual([1, 4, 0.5, undefined]);
    expect(await counted({ ...begun, attempts: 1 })).toEqual([1, 4, 0.5, undefined]);
    expect(await counted({ kind: 'closed' })).toEqual([undefined, undefined, undefined, undefined]);
  });

  it('counts tokens by backend and direction', async () => {
    const { ran, counted } = await running({});
    await ran;
    expect(await counted('sluice_tokens_total')).toEqual([
      { value: 3, labels: { backend: 'a', direction: 'input' } },
      { value: 4, labels: { backend: 'a', direction: 'output' } },
    ]);
  });

  it('lets a defect through to whoever runs it, and settles nothing', async () => {
    const end = { kind: 'never heard of' } as unknown as End;
    const { ran, settle, jobs } = await running({ end });
    await expect(ran).rejects.toThrow();
    expect(settle).not.toHaveBeenCalled();
    expect(jobs.count).toBe(0);
  });
});
