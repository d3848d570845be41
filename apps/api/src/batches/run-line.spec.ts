import { afterAll, describe, expect, it } from '@jest/globals';
import type { WakeUp } from '#common/contracts/wake-up.js';
import { Refusal } from '#common/errors/refusal.js';
import type { Logger } from '#common/observability/logger.js';
import type { Submitted, SubmitAndWait, WaitingSubmission } from '../generate/submit-and-wait.js';
import { identify } from '../identity/identity.js';
import { RecordedSpans } from '../../../../test/support/recorded-spans.js';
import { RunLine } from './run-line.js';

const caller = identify({ key: undefined, userId: 'ada', address: '::1' });
const line = { batchId: 'batch_1', endpoint: '/v1/chat/completions', index: 3, customId: 'c' };
const request = {
  customId: 'c',
  body: { model: 'm', messages: [{ role: 'user', content: 'x' }], stream: true },
};
const logger = { error: () => undefined } as unknown as Logger;

const wakeUp = (changes: Partial<WakeUp> = {}): WakeUp => ({
  id: 'job_1',
  status: 'completed',
  created_ms: 1,
  started_ms: 2,
  settled_ms: 3,
  worker_id: 'w',
  outcome: { attempts: 1, body: { object: 'chat.completion', usage: {} } },
  ...changes,
});
const settled = (changes: Partial<WakeUp> = {}): Submitted => ({
  kind: 'settled',
  jobId: 'job_1',
  requestId: 'req_of_job',
  headers: {},
  settled: wakeUp(changes),
});

/** Does one of these for each submission, the last for all that follow. */
function submitting(...answers: readonly (Submitted | Error)[]) {
  const submissions: WaitingSubmission[] = [];
  const execute = async (submission: WaitingSubmission) => {
    const answer = answers[Math.min(submissions.length, answers.length - 1)];
    submissions.push(submission);
    if (answer instanceof Error || answer === undefined) throw answer ?? new Error('none');
    return answer;
  };
  return { submissions, submit: { execute } as unknown as SubmitAndWait };
}

const run = (
  submit: SubmitAndWait,
  changes: { untilMs?: number; body?: object; signal?: AbortSignal } = {},
) =>
  new RunLine(submit, logger).execute({
    line,
    request: { ...request, body: { ...request.body, ...changes.body } },
    caller,
    until: performance.now() + (changes.untilMs ?? 5_000),
    signal: changes.signal ?? new AbortController().signal,
  });

const spans = new RecordedSpans();
afterAll(() => {
  spans.end();
});

const soon = { retryAfterSeconds: 0.01 };

describe('a line', () => {
  it('is the same low job whoever submits it, told to nobody, outside the rates and never streamed', async () => {
    const { submissions, submit } = submitting(settled());
    await run(submit);
    await run(submit);
    const [first, second] = submissions;
    expect(first).toMatchObject({ priority: 'low', waives: 'rates', webhook: { nobody: true }, caller });
    expect(first?.task).toMatchObject({ is_streamed: false, shape: 'wire' });
    expect(first?.idempotency).toEqual(second?.idempotency);
    expect(first?.id).not.toBe(second?.id);
  });

  it('has the answer of its job, under the request that made the job', async () => {
    const result = await run(submitting(settled()).submit);
    expect(result).toMatchObject({ kind: 'output', index: 3 });
    expect(JSON.parse(result?.text ?? '')).toEqual({
      id: expect.stringMatching(/^batch_req_/),
      custom_id: 'c',
      response: {
        status_code: 200,
        request_id: 'req_of_job',
        body: { object: 'chat.completion', usage: {} },
      },
      error: null,
    });
  });

  it('waits while it is refused for now, and while Redis is away', async () => {
    const { submissions, submit } = submitting(
      new Refusal('queue_full', soon),
      new Refusal('insufficient_quota', soon),
      new Error('Connection is closed.'),
      settled({ status: 'failed', outcome: { attempts: 0, error_code: 'dependency_unavailable' } }),
      settled(),
    );
    expect(await run(submit)).toMatchObject({ kind: 'output' });
    expect(submissions).toHaveLength(5);
  });

  it('is one trace from its first try to its end, however often it is tried, and no failure when it succeeds', async () => {
    spans.forget();
    await run(submitting(new Refusal('queue_full', soon), new Refusal('queue_full', soon), settled()).submit);
    await run(submitting(new Refusal('queue_full', soon), new Refusal('model_not_allowed')).submit);
    const lines = spans.all('batch line');
    expect(lines.map(({ parentSpanContext: parent }) => parent)).toEqual([undefined, undefined]);
    expect(lines.map(({ attributes }) => attributes['error.type'])).toEqual([undefined, 'model_not_allowed']);
    expect(new Set(lines.map((span) => span.spanContext().traceId)).size).toBe(2);
  });

  it.each([
    { by: 'its own body', body: { model: '' }, answer: settled(), status: 400, code: 'invalid_value' },
    {
      by: 'a model that it may not use',
      answer: new Refusal('model_not_allowed'),
      status: 403,
      code: 'model_not_allowed',
    },
    { by: 'a defect of ours', answer: new TypeError('x'), status: 500, code: 'internal_error' },
    {
      by: 'its backend',
      answer: settled({ status: 'failed', outcome: { attempts: 3, error_code: 'backend_bad_response' } }),
      status: 502,
      code: 'backend_bad_response',
    },
  ])('fails by $by as its route would have answered', async ({ body = {}, answer, status, code }) => {
    const result = await run(submitting(answer).submit, { body });
    expect(result?.kind).toBe('errors');
    expect(JSON.parse(result?.text ?? '')).toMatchObject({
      custom_id: 'c',
      response: { status_code: status, body: { error: { code } } },
      error: null,
    });
  });

  it('has no result when the window ends or it is not waited for any more', async () => {
    expect(await run(submitting(new Refusal('queue_full')).submit, { untilMs: 50 })).toBeNull();
    expect(await run(submitting(settled({ status: 'expired' })).submit)).toBeNull();
    const stopped = new AbortController();
    const running = run(submitting(new Refusal('queue_full')).submit, { signal: stopped.signal });
    stopped.abort();
    expect(await running).toBeNull();
  });
});
