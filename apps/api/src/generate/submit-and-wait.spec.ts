import { describe, expect, it } from '@jest/globals';
import { Refusal } from '#common/errors/refusal.js';
import type { SubmitAndStreamParts } from '../streaming/submit-and-stream.js';
import { SubmitAndStream } from '../streaming/submit-and-stream.js';
import { SubmitAndWait, type SubmitAndWaitParts, type WaitingSubmission } from './submit-and-wait.js';

const job = { id: 'job_1', tenant: 't', pool: 'default' };
/** What ioredis throws on a connection that was cut. */
const away = () =>
  Promise.reject(new Error("Stream isn't writeable and enableOfflineQueue options is false"));
const forgotten = { forget: () => {} };
const submission = { id: 'job_2', idempotency: { key: 'k', body: 'b' } } as unknown as WaitingSubmission;
const signal = new AbortController().signal;
const replayed = { execute: async () => ({ kind: 'replayed', job }) };

const codeOf = async (answer: Promise<unknown>): Promise<unknown> =>
  answer.catch((error: unknown) => (error instanceof Refusal ? error.code : error));

describe('a repetition whose first request Redis knows, and then Redis goes away', () => {
  it.each(['sync', 'async'] as const)('is answered dependency_unavailable (%s)', async (mode) => {
    const parts = {
      submit: replayed,
      waiting: { expect: () => forgotten, watch: away },
      ownJobs: { read: away },
    } as unknown as SubmitAndWaitParts;
    const plan = { mode, waitMs: 1, deadlineMs: 1 };
    expect(await codeOf(new SubmitAndWait(parts).execute(submission, plan, signal))).toBe(
      'dependency_unavailable',
    );
  });

  it.each([{ read: away }, { read: async () => ({}) }])('is answered so as a stream', async (ownJobs) => {
    const parts = {
      submit: replayed,
      streams: { expect: () => forgotten, watch: away },
      ownJobs,
    } as unknown as SubmitAndStreamParts;
    const asked = { ...submission, deadlineMs: 1 };
    expect(await codeOf(new SubmitAndStream(parts).execute(asked, signal))).toBe('dependency_unavailable');
  });
});
