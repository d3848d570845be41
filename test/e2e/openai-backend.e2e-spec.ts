import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { codeOf, generate, send } from '../support/client.js';
import { eventually } from '../support/eventually.js';
import { Stack } from '../support/stack.js';

interface Call {
  readonly authorization: string | undefined;
  readonly body: Record<string, unknown>;
  hungUpAfterMs: number | null;
}

const calls: Call[] = [];
let answers: ((response: ServerResponse) => void)[] = [];
let model: Server;
let stack: Stack;

const completion = (response: ServerResponse): void => {
  response.setHeader('content-type', 'application/json');
  response.end(
    JSON.stringify({
      id: 'chatcmpl-1',
      object: 'chat.completion',
      choices: [{ index: 0, message: { role: 'assistant', content: 'Four.' }, finish_reason: 'stop' }],
      usage: { prompt_tokens: 9, completion_tokens: 2, total_tokens: 11 },
    }),
  );
};
const status = (code: number) => (response: ServerResponse) => {
  response.writeHead(code, { 'content-type': 'application/json' }).end('{"error":{"message":"no"}}');
};

async function serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
  const began = performance.now();
  let text = '';
  for await (const chunk of request) text += String(chunk);
  const call: Call = {
    authorization: request.headers.authorization,
    body: JSON.parse(text) as Record<string, unknown>,
    hungUpAfterMs: null,
  };
  calls.push(call);
  response.on('close', () => {
    if (!response.writableFinished) call.hungUpAfterMs = performance.now() - began;
  });
  (answers.shift() ?? completion)(response);
}

beforeAll(async () => {
  model = createServer((request, response) => void serve(request, response)).listen(0, '127.0.0.1');
  await eventually('the model to listen', () => (model.listening ? true : null));
  const { port } = model.address() as AddressInfo;
  stack = await Stack.start({
    env: { OPENAI_API_KEY: 'sk-CANARY', OPENAI_BASE_URL: `http://127.0.0.1:${port}/v1` },
  });
});
afterAll(async () => {
  await stack.stop();
  model.closeAllConnections();
  model.close();
});

const ask = (more: Record<string, unknown> = {}) => {
  calls.length = 0;
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
    expect(calls).toHaveLength(1);
    expect(calls[0]).toMatchObject({
      authorization: 'Bearer sk-CANARY',
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
    expect(calls).toHaveLength(0);
  });

  it('tries a failing backend three times and no more: one layer retries', async () => {
    answers = [status(500), status(503), completion];
    expect((await ask()).status).toBe(200);
    expect(calls).toHaveLength(3);
    answers = [status(500), status(500), status(500)];
    const failed = await ask();
    expect([failed.status, codeOf(failed), calls.length]).toEqual([502, 'backend_bad_response', 3]);
  });

  it('does not repeat what the backend refused', async () => {
    answers = [status(422)];
    const refused = await ask();
    expect([refused.status, codeOf(refused), calls.length]).toEqual([502, 'backend_refused', 1]);
  });

  it('aborts the call within 1 s of a cancellation, of a hang-up and of the deadline', async () => {
    const hang = (): void => undefined;
    answers = [hang];
    const accepted = await ask({ mode: 'async' });
    const id = String(accepted.body['job_id']);
    await eventually('the call', () => (calls.length === 1 ? true : null));
    await send(`${stack.url()}/jobs/${id}`, { method: 'DELETE' });
    await eventually('the abort after a cancellation', () => calls[0]?.hungUpAfterMs ?? null, {
      withinMs: 1_000,
    });

    answers = [hang];
    calls.length = 0;
    const hangUp = new AbortController();
    const call = send(`${stack.url()}/generate`, {
      json: { prompt: 'x', model: 'gpt-4o' },
      signal: hangUp.signal,
    }).catch(() => null);
    await eventually('the call', () => (calls.length === 1 ? true : null));
    hangUp.abort();
    await call;
    await eventually('the abort after a hang-up', () => calls[0]?.hungUpAfterMs ?? null, { withinMs: 1_000 });

    answers = [hang];
    await ask({ mode: 'async', timeout_ms: 400 });
    await eventually('the abort at the deadline', () => calls[0]?.hungUpAfterMs ?? null, { withinMs: 1_400 });
  });

  it('shows its key nowhere', async () => {
    expect(stack.logs()).not.toContain('CANARY');
    const { body } = await send(`${stack.url()}/status`);
    expect(JSON.stringify(body)).not.toContain('CANARY');
  });
});
