import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import OpenAI from 'openai';
import { send } from '../support/client.js';
import { eventually } from '../support/eventually.js';
import { answer } from '../support/openai-answers.js';
import { fault } from '../support/openai-faults.js';
import { BURST, SdkStack } from '../support/sdk-stack.js';

const messages = [{ role: 'user' as const, content: '2+2?' }];
const chat = { model: 'gpt-4o', messages };
const instant = { model: 'sim-instant', messages, max_tokens: 1 };

let sdk: SdkStack;
beforeAll(async () => {
  sdk = await SdkStack.start();
}, 60_000);
afterAll(() => sdk.stop());
beforeEach(() => {
  sdk.model.forget();
});

/** A client that counts how often it asked, when, and how long it was told to wait. */
function counting(options: ConstructorParameters<typeof OpenAI>[0] = {}) {
  const statuses: number[] = [];
  const asked: { at: number; answeredAt: number; waitMs: number }[] = [];
  const counted: typeof fetch = async (...request) => {
    const at = performance.now();
    const response = await fetch(...request);
    const waitMs = Number(response.headers.get('retry-after-ms'));
    asked.push({ at, answeredAt: performance.now(), waitMs });
    statuses.push(response.status);
    return response;
  };
  return { client: sdk.client({ ...options, fetch: counted }), statuses, asked };
}

async function thrownBy(work: Promise<unknown>): Promise<InstanceType<typeof OpenAI.APIError>> {
  try {
    await work;
  } catch (error) {
    if (error instanceof OpenAI.APIError) return error;
    throw error;
  }
  throw new Error('nothing was thrown');
}

describe('what OpenAI’s client throws, and how often it asked', () => {
  it('a field that is not accepted: BadRequestError, once, with the field', async () => {
    const { client, statuses } = counting();
    const thrown = await thrownBy(client.chat.completions.create({ ...chat, n: 5 }));
    expect(thrown).toBeInstanceOf(OpenAI.BadRequestError);
    expect(thrown).toMatchObject({
      status: 400,
      type: 'invalid_request_error',
      code: 'invalid_value',
      param: 'n',
    });
    expect(thrown.requestID).toMatch(/^req_/);
    expect(thrown.error).toHaveProperty('request_id', thrown.requestID);
    expect(statuses).toEqual([400]);
  });

  it('a header that is not accepted: BadRequestError', async () => {
    const headers = { 'x-sluice-timeout-ms': 'soon' };
    const thrown = await thrownBy(sdk.client().chat.completions.create(chat, { headers }));
    expect(thrown).toMatchObject({ status: 400, param: 'x-sluice-timeout-ms' });
  });

  it('a key of ours that is none: AuthenticationError, once', async () => {
    const { client, statuses } = counting({ apiKey: 'sk-sluice-wrong' });
    const thrown = await thrownBy(client.chat.completions.create(chat));
    expect(thrown).toBeInstanceOf(OpenAI.AuthenticationError);
    expect(thrown).toMatchObject({ code: 'invalid_api_key', type: 'authentication_error' });
    expect(statuses).toEqual([401]);
  });

  it('a model that nobody serves: NotFoundError, once', async () => {
    const { client, statuses } = counting();
    const thrown = await thrownBy(client.chat.completions.create({ ...chat, model: 'nobody' }));
    expect(thrown).toBeInstanceOf(OpenAI.NotFoundError);
    expect(thrown).toMatchObject({ code: 'model_not_found' });
    expect(statuses).toEqual([404]);
  });

  it('a route that is none, or another method: NotFoundError in the same shape', async () => {
    const thrown = await thrownBy(sdk.client().responses.create({ model: 'gpt-4o', input: 'Hi' }));
    expect(thrown).toBeInstanceOf(OpenAI.NotFoundError);
    expect(thrown.code).toBe('route_not_found');
    const { status, body } = await send(`${sdk.url}/chat/completions`);
    expect([status, body]).toEqual([404, { error: expect.objectContaining({ code: 'route_not_found' }) }]);
  });

  it('another body under the same Idempotency-Key: UnprocessableEntityError', async () => {
    const client = sdk.client();
    const headers = { 'Idempotency-Key': 'once' };
    await client.chat.completions.create(chat, { headers });
    const thrown = await thrownBy(client.chat.completions.create({ ...chat, n: 2 }, { headers }));
    expect(thrown).toBeInstanceOf(OpenAI.UnprocessableEntityError);
    expect(thrown.code).toBe('idempotency_key_reused');
  });

  it('a backend that refuses: its own status and words, once', async () => {
    sdk.model.next(fault.status(400, {}, 'Too hot.'));
    const { client, statuses } = counting();
    const thrown = await thrownBy(client.chat.completions.create({ ...chat, temperature: 9 }));
    expect(thrown).toBeInstanceOf(OpenAI.BadRequestError);
    expect(thrown).toMatchObject({ code: 'bad', param: 'messages', type: 'invalid_request_error' });
    expect(thrown.message).toBe('400 Too hot.');
    expect(thrown.headers?.get('x-sluice-job-id')).toMatch(/^job_/);
    expect(statuses).toEqual([400]);
    expect(sdk.model.calls).toHaveLength(1);
  });

  it('a backend that answers nonsense each time: InternalServerError, once, because workers have tried again', async () => {
    sdk.model.next(fault.html(), fault.html(), fault.html());
    const { client, statuses } = counting();
    const thrown = await thrownBy(client.chat.completions.create(chat));
    expect(thrown).toBeInstanceOf(OpenAI.InternalServerError);
    expect(thrown).toMatchObject({ status: 502, code: 'backend_bad_response', type: 'backend_error' });
    expect(statuses).toEqual([502]);
  });

  it('a limit: RateLimitError at once where the client shall not try again', async () => {
    const client = sdk.client({ maxRetries: 0 });
    const flood = Array.from({ length: 2 * BURST }, () => client.chat.completions.create(instant));
    const refused = (await Promise.allSettled(flood)).flatMap(({ status, ...end }): unknown[] =>
      status === 'rejected' && 'reason' in end ? [end.reason] : [],
    );
    expect(refused[0]).toBeInstanceOf(OpenAI.RateLimitError);
    expect(refused[0]).toMatchObject({ code: 'rate_limit_exceeded', type: 'rate_limit_error' });
  });

  it('a limit: an answer after the client’s own retries, each no sooner than it was told', async () => {
    const callers = Array.from({ length: BURST + 2 }, () => counting({ apiKey: 'sk-flood', maxRetries: 5 }));
    await Promise.all(callers.map(({ client }) => client.chat.completions.create(instant)));
    const waits = callers.flatMap(({ asked }) =>
      asked.slice(1).map(({ at }, index) => ({
        waited: at - (asked[index]?.answeredAt ?? 0),
        told: asked[index]?.waitMs ?? 0,
      })),
    );
    expect(waits.length).toBeGreaterThan(0);
    for (const { waited, told } of waits) {
      expect(told).toBeGreaterThan(0);
      // A timer may fire within the millisecond before its time.
      expect(waited).toBeGreaterThan(told - 2);
    }
    expect(callers.every(({ statuses }) => statuses.at(-1) === 200)).toBe(true);
  });

  it('a job that is not done in time: an error of 504 with its job, once', async () => {
    const { client, statuses } = counting();
    const headers = { 'x-sluice-timeout-ms': '300' };
    const asked = client.chat.completions.create({ ...chat, model: 'sim-hang' }, { headers });
    const thrown = await thrownBy(asked);
    expect(thrown).toBeInstanceOf(OpenAI.InternalServerError);
    expect(thrown).toMatchObject({ status: 504, code: 'deadline_exceeded', type: 'timeout_error' });
    expect(thrown.error).toHaveProperty('job_id', expect.stringMatching(/^job_/));
    expect(statuses).toEqual([504]);
  });
});

describe('a caller who leaves', () => {
  it('by an abort has the backend’s call cut', async () => {
    sdk.model.next(fault.hang());
    const leaving = new AbortController();
    const asked = sdk.client().chat.completions.create(chat, { signal: leaving.signal });
    const call = await eventually('the call', () => sdk.model.calls[0] ?? null);
    leaving.abort();
    await expect(asked).rejects.toBeInstanceOf(OpenAI.APIUserAbortError);
    await eventually('the hang-up', () => call.abortedAfterMs);
  });

  it('by the client’s own timeout has the job cancelled, and asks again', async () => {
    sdk.model.next(fault.hang(), answer({ text: 'At last.' }));
    const client = sdk.client({ timeout: 1_000, maxRetries: 1 });
    const { choices } = await client.chat.completions.create(chat);
    expect(choices[0]?.message.content).toBe('At last.');
    expect(sdk.model.calls).toHaveLength(2);
    await eventually('the hang-up', () => sdk.model.calls[0]?.abortedAfterMs ?? null);
  });
});
