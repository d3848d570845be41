import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { RunningJobs, type Run } from './running-jobs.js';

beforeEach(() => {
  jest.useFakeTimers();
});
afterEach(() => {
  expect(jest.getTimerCount()).toBe(0);
  jest.useRealTimers();
});

const running = () => new RunningJobs({} as never, {} as never);

const untilStopped = ({ signal }: Run) =>
  new Promise((resolve) => {
    if (signal.aborted) resolve(signal.reason);
    signal.addEventListener('abort', () => {
      resolve(signal.reason);
    });
  });

describe('RunningJobs', () => {
  it('stops the older run of a job that is delivered again, and loses sight of neither', async () => {
    const jobs = running();
    let endFirst: () => void = () => undefined;
    const first = jobs.run('job_1', async (run) => {
      const reason = await untilStopped(run);
      await new Promise<void>((resolve) => {
        endFirst = resolve;
      });
      return reason;
    });
    const second = jobs.run('job_1', untilStopped);
    await Promise.resolve();
    expect(jobs.count).toBe(2);
    await Promise.resolve();
    endFirst();
    expect(await first).toBe('abandon');
    expect(jobs.count).toBe(1);
    const drained = jobs.drain(1_000);
    jest.advanceTimersByTime(1_000);
    expect(await second).toBe('drain');
    await drained;
    expect(jobs.count).toBe(0);
  });

  it('tells a job that begins while the worker drains to stop when the grace is over', async () => {
    const jobs = running();
    await jobs.drain(1_000);
    jest.advanceTimersByTime(400);
    const late = jobs.run('job_1', untilStopped);
    jest.advanceTimersByTime(599);
    expect(jobs.count).toBe(1);
    jest.advanceTimersByTime(1);
    expect(await late).toBe('drain');
  });

  it('abandons the job that it is told to, and no other', async () => {
    const jobs = running();
    const run = jobs.run('job_1', untilStopped);
    jobs.abandon('job_2');
    expect(jobs.count).toBe(1);
    jobs.abandon('job_1');
    expect(await run).toBe('abandon');
  });
});
