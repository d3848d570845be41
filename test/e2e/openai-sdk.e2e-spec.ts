import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { zodResponseFormat } from 'openai/helpers/zod';
import { z } from 'zod';
import { answer } from '../support/openai-answers.js';
import { SdkStack } from '../support/sdk-stack.js';

const messages = [{ role: 'user' as const, content: '2+2?' }];
const chat = { model: 'gpt-4o', messages };

let sdk: SdkStack;
beforeAll(async () => {
  sdk = await SdkStack.start();
}, 60_000);
afterAll(() => sdk.stop());
beforeEach(() => {
  sdk.model.forget();
});

describe('a chat completion', () => {
  it('is the backend’s own, with the job in its headers', async () => {
    const { data, response, request_id } = await sdk.client().chat.completions.create(chat).withResponse();
    expect(data).toMatchObject({
      id: 'chatcmpl-1',
      object: 'chat.completion',
      created: 1_700_000_000,
      model: 'gpt-4o',
      choices: [{ index: 0, message: { role: 'assistant', content: 'Four.' }, finish_reason: 'stop' }],
      usage: { prompt_tokens: 9, completion_tokens: 2, total_tokens: 11 },
    });
    expect(request_id).toMatch(/^req_/);
    expect(Object.fromEntries(response.headers)).toMatchObject({
      'content-type': 'application/json; charset=utf-8',
      'x-sluice-job-id': expect.stringMatching(/^job_/),
      'x-sluice-backend': 'model',
      'x-sluice-queue-wait-ms': expect.stringMatching(/^\d+$/),
      'x-sluice-cost-usd': '0.011',
      'openai-processing-ms': expect.stringMatching(/^\d+$/),
      'x-ratelimit-limit-requests': '60',
      'x-ratelimit-remaining-requests': '9',
    });
  });

  it('reaches the backend as it was sent, also where nobody here knows the fields', async () => {
    const sent = {
      ...chat,
      messages: [
        { role: 'developer', content: 'Be brief.', name: 'ops' },
        {
          role: 'user',
          content: [
            { type: 'text', text: 'What is this?', cache_control: { type: 'ephemeral' } },
            { type: 'image_url', image_url: { url: 'data:image/png;base64,AAAA', detail: 'low' } },
          ],
        },
      ],
      temperature: null,
      max_completion_tokens: 20,
      logit_bias: { '50256': -100 },
      metadata: { team: 'search' },
      reasoning_effort: 'low',
      top_k: 40,
      vendor: { nested: [1, { deep: true }, null] },
      user: 'ada',
      prompt_cache_key: 'k',
    };
    await sdk.client().chat.completions.create(sent as never);
    const { model, ...rest } = sent;
    expect(sdk.model.calls.map(({ path, body }) => ({ path, body }))).toEqual([
      { path: '/v1/chat/completions', body: { ...rest, model } },
    ]);
  });

  it('has n choices', async () => {
    const { choices } = await sdk.client().chat.completions.create({ ...chat, n: 2 });
    expect(choices.map(({ index, message }) => [index, message.content])).toEqual([
      [0, 'Four.'],
      [1, 'Four.'],
    ]);
  });

  it('calls tools, and goes on with their results', async () => {
    sdk.model.next(answer({ toolCalls: [['add', { left: 2, right: 2 }]] }), answer({ text: 'It is 4.' }));
    const added: unknown[] = [];
    const add = {
      name: 'add',
      description: 'Adds two numbers.',
      parameters: { type: 'object', properties: { left: { type: 'number' }, right: { type: 'number' } } },
      parse: JSON.parse,
      function: (given: { left: number; right: number }) => {
        added.push(given);
        return String(given.left + given.right);
      },
    };
    const runner = sdk.client().chat.completions.runTools({
      ...chat,
      tool_choice: 'auto',
      tools: [{ type: 'function', function: add }],
    });
    expect(await runner.finalContent()).toBe('It is 4.');
    expect(added).toEqual([{ left: 2, right: 2 }]);
    expect(sdk.model.calls[0]?.body).toMatchObject({
      tool_choice: 'auto',
      tools: [{ type: 'function', function: { name: 'add', parameters: add.parameters } }],
    });
    expect(sdk.model.calls[1]?.body['messages']).toEqual([
      ...messages,
      expect.objectContaining({ role: 'assistant', tool_calls: [expect.objectContaining({ id: 'call_0' })] }),
      { role: 'tool', tool_call_id: 'call_0', content: '4' },
    ]);
  });

  it('is parsed by the schema that was asked for', async () => {
    const format = zodResponseFormat(z.object({ answer: z.string() }), 'reply');
    const { choices } = await sdk.client().chat.completions.parse({ ...chat, response_format: format });
    expect(choices[0]?.message.parsed).toEqual({ answer: 'Four.' });
    expect(sdk.model.calls[0]?.body['response_format']).toMatchObject({
      type: 'json_schema',
      json_schema: { name: 'reply', strict: true },
    });
  });

  it('of the simulator looks like any other', async () => {
    const { choices, usage, model } = await sdk.client().chat.completions.create({
      model: 'sim-instant',
      messages,
      max_completion_tokens: 5,
    });
    expect(model).toBe('sim-instant');
    expect(choices[0]?.message.content).toMatch(/\w/);
    expect(usage?.completion_tokens).toBeLessThanOrEqual(5);
    expect(usage?.completion_tokens).toBeGreaterThan(0);
  });

  it('is the same for a call that comes again with its Idempotency-Key', async () => {
    const client = sdk.client();
    const headers = { 'Idempotency-Key': 'once' };
    const first = await client.chat.completions.create(chat, { headers }).withResponse();
    const again = await client.chat.completions.create(chat, { headers }).withResponse();
    expect(again.data).toEqual(first.data);
    expect(again.response.headers.get('idempotent-replayed')).toBe('true');
    expect(again.response.headers.get('x-sluice-job-id')).toBe(first.response.headers.get('x-sluice-job-id'));
    expect(sdk.model.calls).toHaveLength(1);
  });

  it('has the priority that its header says', async () => {
    const headers = { 'x-sluice-priority': 'high' };
    const { response } = await sdk.client().chat.completions.create(chat, { headers }).withResponse();
    const redis = sdk.stack.look();
    const priority = await redis.hget(`{sluice}:job:${response.headers.get('x-sluice-job-id')}`, 'priority');
    redis.disconnect();
    expect(priority).toBe('high');
  });
});

describe('a completion', () => {
  it('is the backend’s own', async () => {
    const asked = { model: 'gpt-3.5-turbo-instruct', prompt: ['2+2', '3+1'], suffix: '.', max_tokens: 7 };
    const { object, choices } = await sdk.client().completions.create(asked);
    expect(object).toBe('text_completion');
    expect(choices[0]?.text).toBe('Four.');
    expect(sdk.model.calls.map(({ path, body }) => ({ path, body }))).toEqual([
      { path: '/v1/completions', body: asked },
    ]);
  });
});

describe('embeddings', () => {
  it('are decoded by the client, one for each input', async () => {
    const asked = { model: 'gpt-embedding', input: ['a', 'b'], dimensions: 2 };
    const { data, usage } = await sdk.client().embeddings.create(asked);
    expect(data.map(({ index }) => index)).toEqual([0, 1]);
    expect(data[1]?.embedding[0]).toBeCloseTo(0.6);
    expect(data[1]?.embedding[1]).toBeCloseTo(0.8);
    expect(usage.prompt_tokens).toBe(9);
    expect(sdk.model.calls[0]?.body).toEqual({ ...asked, encoding_format: 'base64' });
  });
});

describe('models', () => {
  it('are listed by name and looked up one by one', async () => {
    const client = sdk.client();
    const listed: Record<string, string> = {};
    for await (const { id, owned_by } of client.models.list()) listed[id] = owned_by;
    expect(listed).toMatchObject({ 'sim-fast': 'simulator', 'sim-slow': 'simulator' });
    expect(await client.models.retrieve('sim-fast')).toEqual({
      id: 'sim-fast',
      object: 'model',
      created: 0,
      owned_by: 'simulator',
    });
    await expect(client.models.retrieve('gpt-none')).rejects.toMatchObject({
      status: 404,
      code: 'model_not_found',
    });
  });
});
