import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { codeOf, generate, send } from '../support/client.js';
import { eventually } from '../support/eventually.js';
import { answer } from '../support/openai-answers.js';
import { fault } from '../support/openai-faults.js';
import { OpenAiServer } from '../support/openai-server.js';
import { Stack } from '../support/stack.js';

let model: OpenAiServer;
let stack: Stack;

beforeAll(async () => {
  model = await OpenAiServer.start();
  stack = await Stack.start({ env: { OPENAI_API_KEY: 'sk-CANARY', OPENAI_BASE_URL: model.url } });
});
afterAll(async () => {
  await stack.stop();
  await model.stop();
});

const ask = (more: Record<string, unknown> = {}) => {
  model.calls.length = 0;
  return generate(stack.url(), { model: 'gpt-4o-mini', prompt: '2+2?', ...more });
};

describe('with OPENAI_API_KEY', () => {
  it('sends other models to the OpenAI-compatible backend, with the caller’s parameters', async () => {
    const { status: code, body } = await ask({ max_tokens: 7, temperature: 0.1, user_id: 'u-1' });
    expect(code).toBe(200);
    expect(body).toMatchObject({
      response: 'Four.',
      backend_id: 'openai',
      tokens_used: 11,
      usage: { input_tokens: 9, output_tokens: 2 },
    });
    expect(model.calls).toHaveLength(1);
    expect(model.calls[0]).toMatchObject({
      key: 'sk-CANARY',
      body: {
        model: 'gpt-4o-mini',
        max_tokens: 7,
        temperature: 0.1,
        user: 'u-1',
        messages: [{ role: 'user', content: '2+2?' }],
      },
    });
  });

  it('keeps sim-* on the simulator', async () => {
    const { body } = await ask({ model: 'sim-fast' });
    expect(body['backend_id']).toBe('simulator');
    expect(model.calls).toHaveLength(0);
  });

  it('tries a failing backend three times and no more: one layer retries', async () => {
    model.next(fault.status(500), fault.status(503), answer());
    expect((await ask()).status).toBe(200);
    expect(model.calls).toHaveLength(3);
    model.next(fault.status(500), fault.status(500), fault.status(500));
    const failed = await ask();
    expect([failed.status, codeOf(failed), model.calls.length]).toEqual([502, 'backend_bad_response', 3]);
  });

  it('does not repeat what the backend refused', async () => {
    model.next(fault.status(422));
    const refused = await ask();
    expect([refused.status, codeOf(refused), model.calls.length]).toEqual([502, 'backend_refused', 1]);
  });

  it('aborts the call within 1 s of a cancellation, of a hang-up and of the deadline', async () => {
    model.next(fault.hang());
    const accepted = await ask({ mode: 'async' });
    const id = String(accepted.body['job_id']);
    await eventually('the call', () => (model.calls.length === 1 ? true : null));
    await send(`${stack.url()}/jobs/${id}`, { method: 'DELETE' });
    await eventually('the abort after a cancellation', () => model.calls[0]?.abortedAfterMs ?? null, {
      withinMs: 1_000,
    });

    model.next(fault.hang());
    model.calls.length = 0;
    const hangUp = new AbortController();
    const call = send(`${stack.url()}/generate`, {
      json: { prompt: 'x', model: 'gpt-4o' },
      signal: hangUp.signal,
    }).catch(() => null);
    await eventually('the call', () => (model.calls.length === 1 ? true : null));
    hangUp.abort();
    await call;
    await eventually('the abort after a hang-up', () => model.calls[0]?.abortedAfterMs ?? null, {
      withinMs: 1_000,
    });

    model.next(fault.hang());
    await ask({ mode: 'async', timeout_ms: 400 });
    await eventually('the abort at the deadline', () => model.calls[0]?.abortedAfterMs ?? null, {
      withinMs: 1_400,
    });
  });

  it('shows its key nowhere', async () => {
    expect(stack.logs()).not.toContain('CANARY');
    const { body } = await send(`${stack.url()}/status`);
    expect(JSON.stringify(body)).not.toContain('CANARY');
  });
});
