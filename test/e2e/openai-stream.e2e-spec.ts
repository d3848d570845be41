import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import OpenAI from 'openai';
import { eventually } from '../support/eventually.js';
import { answer } from '../support/openai-answers.js';
import { fault } from '../support/openai-faults.js';
import { SdkStack } from '../support/sdk-stack.js';

const messages = [{ role: 'user' as const, content: '2+2?' }];
const chat = { model: 'gpt-4o', messages, stream: true as const };

let sdk: SdkStack;
beforeAll(async () => {
  sdk = await SdkStack.start();
}, 60_000);
afterAll(() => sdk.stop());
beforeEach(() => {
  sdk.model.forget();
});

async function all<T>(stream: AsyncIterable<T>): Promise<T[]> {
  const items: T[] = [];
  for await (const item of stream) items.push(item);
  return items;
}

const textOf = (chunks: OpenAI.ChatCompletionChunk[]): string =>
  chunks.map(({ choices }) => choices[0]?.delta.content ?? '').join('');

async function thrownBy(work: Promise<unknown>): Promise<InstanceType<typeof OpenAI.APIError>> {
  try {
    await work;
  } catch (error) {
    if (error instanceof OpenAI.APIError) return error;
    throw error;
  }
  throw new Error('nothing was thrown');
}

async function cancelled({ headers }: Response): Promise<void> {
  const redis = sdk.stack.look();
  const record = `{sluice}:job:${headers.get('x-sluice-job-id')}`;
  await eventually('the cancellation', async () =>
    (await redis.hget(record, 'status')) === 'cancelled' ? true : null,
  );
  redis.disconnect();
}

describe('a streamed chat completion', () => {
  it('is the backend’s own chunks under one id, with the job in its headers', async () => {
    sdk.model.next(answer({ pieces: ['Two ', 'and ', 'two.'] }));
    const { data, response } = await sdk.client().chat.completions.create(chat).withResponse();
    const chunks = await all(data);
    expect(textOf(chunks)).toBe('Two and two.');
    expect(new Set(chunks.map(({ id, object, created }) => `${id} ${object} ${created}`))).toEqual(
      new Set(['chatcmpl-1 chat.completion.chunk 1700000000']),
    );
    expect(chunks.map(({ choices }) => choices[0]?.finish_reason)).toEqual([null, null, null, null, 'stop']);
    expect(chunks.every((chunk) => !('usage' in chunk))).toBe(true);
    expect(Object.fromEntries(response.headers)).toMatchObject({
      'content-type': 'text/event-stream; charset=utf-8',
      'x-sluice-job-id': expect.stringMatching(/^job_/),
      'x-sluice-backend': 'model',
      'x-sluice-queue-wait-ms': expect.stringMatching(/^\d+$/),
      'openai-processing-ms': expect.stringMatching(/^\d+$/),
      'x-request-id': expect.stringMatching(/^req_/),
      'x-ratelimit-remaining-requests': '9',
    });
  });

  it('comes as it is generated', async () => {
    sdk.model.next(answer({ pieces: ['a', 'b', 'c'], pieceDelayMs: 300 }));
    const stream = await sdk.client().chat.completions.create(chat);
    const cut: boolean[] = [];
    for await (const chunk of stream) {
      if (chunk.choices[0]?.delta.content === 'a') cut.push(sdk.model.calls[0]?.isAnswered ?? true);
    }
    expect(cut).toEqual([false]);
  });

  it('ends with the usage where the caller asks for it', async () => {
    const asked = { ...chat, stream_options: { include_usage: true } };
    const chunks = await all(await sdk.client().chat.completions.create(asked));
    expect(chunks.at(-1)).toMatchObject({
      id: 'chatcmpl-1',
      choices: [],
      usage: { prompt_tokens: 9, completion_tokens: 2, total_tokens: 11 },
    });
    sdk.model.next(answer({ usage: null }));
    const estimated = await all(await sdk.client().chat.completions.create(asked));
    expect(estimated.at(-1)).toMatchObject({ id: 'chatcmpl-1', choices: [], usage: { estimated: true } });
  });

  it('is put together by the client’s helper, event by event', async () => {
    sdk.model.next(answer({ pieces: ['Two ', 'and ', 'two.'] }));
    const stream = sdk.client().chat.completions.stream({ ...chat, n: 1 });
    const deltas: string[] = [];
    stream.on('content.delta', ({ delta }) => deltas.push(delta));
    expect(await stream.finalContent()).toBe('Two and two.');
    expect(deltas.filter((delta) => delta !== '')).toEqual(['Two ', 'and ', 'two.']);
    expect((await stream.finalChatCompletion()).choices[0]?.finish_reason).toBe('stop');
  });

  it('carries tool calls to the helper that runs them', async () => {
    sdk.model.next(
      answer({ toolCalls: [['add', { left: 2, right: 2 }]] }),
      answer({ pieces: ['It is ', '4.'] }),
    );
    const add = {
      name: 'add',
      description: 'Adds two numbers.',
      parameters: { type: 'object', properties: {} },
      parse: JSON.parse,
      function: ({ left, right }: { left: number; right: number }) => String(left + right),
    };
    const runner = sdk
      .client()
      .chat.completions.runTools({ ...chat, tools: [{ type: 'function', function: add }] });
    expect(await runner.finalContent()).toBe('It is 4.');
    expect(sdk.model.calls[1]?.body['messages']).toHaveLength(3);
  });

  it('has the chunks of every choice', async () => {
    const chunks = await all(await sdk.client().chat.completions.create({ ...chat, n: 2 }));
    const ended = chunks.flatMap(({ choices }) => choices.filter((choice) => choice.finish_reason !== null));
    expect(ended.map(({ index }) => index)).toEqual([0, 1]);
  });

  it('of the simulator looks like any other', async () => {
    const chunks = await all(
      await sdk.client().chat.completions.create({ ...chat, model: 'sim-instant', max_completion_tokens: 5 }),
    );
    expect(textOf(chunks)).toMatch(/\w/);
    expect(chunks.at(-1)?.choices[0]?.finish_reason).toMatch(/^(stop|length)$/);
    expect(new Set(chunks.map(({ id }) => id)).size).toBe(1);
  });

  it('is told again from its beginning when it comes again with its Idempotency-Key', async () => {
    const client = sdk.client();
    const headers = { 'Idempotency-Key': 'once' };
    const first = await all(await client.chat.completions.create(chat, { headers }));
    expect(await all(await client.chat.completions.create(chat, { headers }))).toEqual(first);
    expect(sdk.model.calls).toHaveLength(1);
  });
});

describe('a streamed completion', () => {
  it('is the backend’s own chunks', async () => {
    const asked = { model: 'gpt-3.5-turbo-instruct', prompt: '2+2', stream: true as const };
    sdk.model.next(answer({ pieces: ['Fo', 'ur.'] }));
    const chunks = await all(await sdk.client().completions.create(asked));
    expect(chunks.map(({ choices }) => choices[0]?.text).join('')).toBe('Four.');
    expect(chunks[0]?.object).toBe('text_completion');
  });
});

describe('a stream that fails', () => {
  it('before its first chunk is an error with its status', async () => {
    sdk.model.next(fault.status(400, {}, 'Too hot.'));
    const refused = await thrownBy(sdk.client().chat.completions.create(chat));
    expect(refused).toBeInstanceOf(OpenAI.BadRequestError);
    expect(refused.message).toBe('400 Too hot.');
    const unknown = await thrownBy(sdk.client().chat.completions.create({ ...chat, model: 'nobody' }));
    expect(unknown).toBeInstanceOf(OpenAI.NotFoundError);
  });

  it('before its first chunk, by its deadline, is 504', async () => {
    const headers = { 'x-sluice-timeout-ms': '300' };
    const asked = sdk.client().chat.completions.create({ ...chat, model: 'sim-hang' }, { headers });
    expect(await thrownBy(asked)).toMatchObject({ status: 504, code: 'deadline_exceeded' });
  });

  it.each([
    ['breaks off', fault.truncatedStream('cut')],
    ['ends without a finish reason', fault.truncatedStream('closed')],
    ['says an error', fault.errorInStream()],
  ])('after its first chunk, because the backend %s, is an APIError of the client', async (_, behaviour) => {
    sdk.model.next(behaviour);
    const stream = await sdk.client().chat.completions.create(chat);
    const seen: OpenAI.ChatCompletionChunk[] = [];
    const reading = (async () => {
      for await (const chunk of stream) seen.push(chunk);
    })();
    const thrown = await thrownBy(reading);
    expect(thrown).toMatchObject({ code: 'stream_interrupted', type: 'backend_error' });
    expect(textOf(seen)).toMatch(/^Fo/);
    expect(sdk.model.calls).toHaveLength(1);
  });
});

describe('a caller who leaves a stream', () => {
  it('has the backend’s call cut and the job cancelled', async () => {
    sdk.model.next(answer({ pieces: Array.from({ length: 200 }, () => 'a '), pieceDelayMs: 50 }));
    const { data, response } = await sdk.client().chat.completions.create(chat).withResponse();
    for await (const chunk of data) if (chunk.choices[0]?.delta.content === 'a ') break;
    await eventually('the hang-up', () => sdk.model.calls[0]?.abortedAfterMs ?? null);
    await cancelled(response);
  });
});

describe('a worker that dies while it streams', () => {
  it('ends the stream with an error, and the job', async () => {
    const long = answer({ pieces: Array.from({ length: 400 }, () => 'a '), pieceDelayMs: 50 });
    sdk.model.next(long, long);
    const { data, response } = await sdk.client().chat.completions.create(chat).withResponse();
    let isKilled = false;
    const reading = (async () => {
      for await (const chunk of data) {
        if (isKilled || chunk.choices[0]?.delta.content !== 'a ') continue;
        isKilled = true;
        await sdk.stack.workers[0]?.kill();
        await sdk.stack.startWorker();
      }
    })();
    expect(await thrownBy(reading)).toMatchObject({ code: 'stream_interrupted' });
    await cancelled(response);
  });
});
