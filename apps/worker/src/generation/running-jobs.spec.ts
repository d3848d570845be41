import { EventEmitter } from 'node:events';
import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { channels } from '#common/redis/keys.js';
import { RunningJobs, type Run } from './running-jobs.js';

beforeEach(() => {
  jest.useFakeTimers();
});
afterEach(() => {
  expect(jest.getTimerCount()).toBe(0);
  jest.useRealTimers();
});

async function started() {
  const subscriber = Object.assign(new EventEmitter(), { subscribe: async () => 1 });
  const jobs = new RunningJobs(
    'w',
    { subscriber, commands: {} } as never,
    { warn: () => undefined } as never,
  );
  await jobs.start();
  jobs.close();
  const order = (message: string) => subscriber.emit('message', channels.workerControl('w'), message);
  return { jobs, order, subscriber };
}

const untilStopped = ({ signal }: Run) =>
  new Promise((resolve) => {
    if (signal.aborted) resolve(signal.reason);
    signal.addEventListener('abort', () => {
      resolve(signal.reason);
    });
  });

describe('RunningJobs', () => {
  it('stops the older run of a job that is delivered again, and loses sight of neither', async () => {
    const { jobs } = await started();
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
    const { jobs } = await started();
    await jobs.drain(1_000);
    jest.advanceTimersByTime(400);
    const late = jobs.run('job_1', untilStopped);
    jest.advanceTimersByTime(599);
    expect(jobs.count).toBe(1);
    jest.advanceTimersByTime(1);
    expect(await late).toBe('drain');
  });

  it('obeys orders about its own jobs, and is harmed by none', async () => {
    const { jobs, order, subscriber } = await started();
    const running = jobs.run('job_1', untilStopped);
    // The connection is shared.
    subscriber.emit('message', channels.circuits, '{"kind":"abandon","job_id":"job_1"}');
    for (const message of ['', '{', 'null', '{"kind":"abandon","job_id":"job_2"}']) order(message);
    expect(jobs.count).toBe(1);
    order('{"kind":"abandon","job_id":"job_1"}');
    expect(await running).toBe('abandon');
  });
});
