import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { type Answer, codeOf, send } from '../support/client.js';
import { Stack } from '../support/stack.js';

let stack: Stack;

beforeAll(async () => {
  stack = await Stack.start({ workers: 1 });
});
afterAll(() => stack.stop());

const JSON_TYPE = { 'content-type': 'application/json' };
const post = (
  raw: string | Uint8Array<ArrayBuffer>,
  headers: Record<string, string> = JSON_TYPE,
): Promise<Answer> => send(`${stack.url()}/generate`, { raw, headers });

const nested = (depth: number): string =>
  `{"prompt":"x","metadata":${'['.repeat(depth)}${']'.repeat(depth)}}`;
const bodyOf = (bytes: number): string => {
  const frame = '{"prompt":""}';
  return `{"prompt":"${'x'.repeat(bytes - frame.length)}"}`;
};
const MEBIBYTE = 1024 * 1024;

interface Case {
  readonly what: string;
  readonly body: string | Uint8Array<ArrayBuffer>;
  readonly status: number;
  readonly code: string;
  readonly param?: string;
}

const cases: Case[] = [
  { what: 'half a JSON object', body: '{"prompt":', status: 400, code: 'invalid_json' },
  { what: 'no body', body: '', status: 400, code: 'invalid_json' },
  {
    what: 'bytes that are no UTF-8',
    body: Uint8Array.from([0x22, 0xc3, 0x28, 0x22]),
    status: 400,
    code: 'invalid_json',
  },
  { what: 'a list instead of an object', body: '[]', status: 400, code: 'invalid_value' },
  { what: 'null', body: 'null', status: 400, code: 'invalid_value' },
  { what: 'nesting 33 deep', body: nested(32), status: 400, code: 'too_deep' },
  { what: 'nesting 5,000 deep', body: nested(5_000), status: 400, code: 'too_deep' },
  {
    what: '__proto__',
    body: '{"prompt":"x","__proto__":{"mode":"async"}}',
    status: 400,
    code: 'invalid_value',
    param: '__proto__',
  },
  {
    what: '__proto__ in disguise',
    body: '{"prompt":"x","\\u005f_proto__":{"mode":"async"}}',
    status: 400,
    code: 'invalid_value',
    param: '__proto__',
  },
  {
    what: 'constructor.prototype',
    body: '{"prompt":"x","constructor":{"prototype":{"a":1}}}',
    status: 400,
    code: 'invalid_value',
  },
  {
    what: 'an unknown field',
    body: '{"prompt":"x","top_p":1}',
    status: 400,
    code: 'invalid_value',
    param: 'top_p',
  },
  { what: 'a number as prompt', body: '{"prompt":1}', status: 400, code: 'invalid_value', param: 'prompt' },
  { what: 'an empty prompt', body: '{"prompt":""}', status: 400, code: 'invalid_value', param: 'prompt' },
  { what: 'neither prompt nor messages', body: '{}', status: 400, code: 'invalid_value', param: 'prompt' },
  {
    what: 'both prompt and messages',
    body: '{"prompt":"x","messages":[{"role":"user","content":"y"}]}',
    status: 400,
    code: 'invalid_value',
    param: 'prompt',
  },
  {
    what: 'a lone high surrogate',
    body: '{"prompt":"\\ud800"}',
    status: 400,
    code: 'invalid_value',
    param: 'prompt',
  },
  {
    what: 'a lone low surrogate in a message',
    body: '{"messages":[{"role":"user","content":"\\udc00"}]}',
    status: 400,
    code: 'invalid_value',
    param: 'messages.0.content',
  },
  {
    what: 'text as max_tokens',
    body: '{"prompt":"x","max_tokens":"9"}',
    status: 400,
    code: 'invalid_value',
    param: 'max_tokens',
  },
  {
    what: 'half a token',
    body: '{"prompt":"x","max_tokens":0.5}',
    status: 400,
    code: 'invalid_value',
    param: 'max_tokens',
  },
  {
    what: 'a temperature of 3',
    body: '{"prompt":"x","temperature":3}',
    status: 400,
    code: 'invalid_value',
    param: 'temperature',
  },
  {
    what: 'an unknown mode',
    body: '{"prompt":"x","mode":"later"}',
    status: 400,
    code: 'invalid_value',
    param: 'mode',
  },
  {
    what: 'a model with line breaks',
    body: '{"prompt":"x","model":"a\\nb"}',
    status: 400,
    code: 'invalid_value',
    param: 'model',
  },
  {
    what: 'a negative timeout',
    body: '{"prompt":"x","timeout_ms":-1}',
    status: 400,
    code: 'invalid_value',
    param: 'timeout_ms',
  },
  {
    what: '257 messages',
    body: JSON.stringify({ messages: Array.from({ length: 257 }, () => ({ role: 'user', content: 'x' })) }),
    status: 400,
    code: 'invalid_value',
    param: 'messages',
  },
  {
    what: '400,001 characters',
    body: JSON.stringify({ prompt: 'x'.repeat(400_001) }),
    status: 400,
    code: 'invalid_value',
    param: 'prompt',
  },
  { what: '1 MiB + 1 byte', body: bodyOf(MEBIBYTE + 1), status: 413, code: 'body_too_large' },
];

describe('a bad body', () => {
  it.each(cases)('that is $what is refused with $status $code', async ({ body, status, code, param }) => {
    const answer = await post(body);
    expect([answer.status, codeOf(answer)]).toEqual([status, code]);
    expect(answer.headers.get('content-type')).toContain('application/problem+json');
    expect(answer.headers.get('x-request-id')).toMatch(/^req_/);
    expect(answer.body).toMatchObject({
      type: `urn:sluice:error:${code}`,
      status,
      title: expect.any(String),
      detail: expect.any(String),
      error: { code, request_id: answer.headers.get('x-request-id') },
    });
    if (param !== undefined) expect((answer.body['error'] as { param: string }).param).toBe(param);
  });

  it('of 1 MiB + 1 byte is refused without a Content-Length too', async () => {
    const bytes = new TextEncoder().encode(bodyOf(MEBIBYTE + 1));
    const stream = new ReadableStream({
      start: (controller) => {
        controller.enqueue(bytes);
        controller.close();
      },
    });
    const response = await fetch(`${stack.url()}/generate`, {
      method: 'POST',
      headers: JSON_TYPE,
      body: stream,
      duplex: 'half',
    } as RequestInit);
    expect(response.status).toBe(413);
  });

  it('of another type, or compressed, is refused with 415', async () => {
    for (const headers of [
      { 'content-type': 'text/plain' },
      { 'content-type': 'application/x-www-form-urlencoded' },
      { ...JSON_TYPE, 'content-encoding': 'gzip' },
    ]) {
      const answer = await post('{"prompt":"x"}', headers);
      expect([answer.status, codeOf(answer)]).toEqual([415, 'unsupported_media_type']);
    }
  });

  it('leaves nothing behind: no job, no lease', async () => {
    const look = stack.look();
    const left = (await look.keys('{sluice}:*')).filter((key) =>
      /:(?:job|tenant|unsettled|events)/.test(key),
    );
    look.disconnect();
    expect(left.filter((key) => !key.includes('generate-'))).toEqual([]);
  });
});

describe('good input at its bounds', () => {
  it('is taken: Unicode of every plane, 32 levels deep in strings, 1 MiB of whitespace', async () => {
    for (const body of [
      '{"prompt":"𝔘𝔫𝔦 🧪 \\ud83d\\ude00 e\\u0301 \\u0000"}',
      `{"prompt":${JSON.stringify('['.repeat(5_000))}}`,
      `{"prompt":"x"${' '.repeat(MEBIBYTE - 14)}}`,
    ]) {
      expect((await post(body)).status).toBe(200);
    }
  });
});

describe('a caller’s bad headers', () => {
  it('are refused or replaced, never echoed', async () => {
    const long = await send(`${stack.url()}/jobs`, { headers: { 'x-user-id': 'x'.repeat(201) } });
    expect([long.status, codeOf(long)]).toEqual([400, 'invalid_value']);
    const spaced = await send(`${stack.url()}/health`, { headers: { 'x-request-id': 'two words' } });
    expect(spaced.headers.get('x-request-id')).toMatch(/^req_/);
  });
});

describe('a route that is not there', () => {
  it('is 404 in the shape its callers expect', async () => {
    const native = await send(`${stack.url()}/nothing`);
    expect([native.status, codeOf(native)]).toEqual([404, 'route_not_found']);
    const openAi = await send(`${stack.url()}/v1/nothing`);
    expect(openAi.status).toBe(404);
    expect(Object.keys(openAi.body)).toEqual(['error']);
  });
});
