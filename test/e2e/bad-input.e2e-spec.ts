import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { type Answer, codeOf, send } from '../support/client.js';
import { badBodies, bodyOf, MEBIBYTE } from '../support/bad-bodies.js';
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

describe('a bad body', () => {
  it.each(badBodies)('that is $what is refused with $status $code', async ({ body, status, code, param }) => {
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
    });
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

describe('a path that is none', () => {
  it('is refused in the same shape, whatever the method', async () => {
    for (const method of ['GET', 'OPTIONS']) {
      const answer = await send(`${stack.url()}/%zz`, { method });
      expect([answer.status, codeOf(answer)]).toEqual([400, 'invalid_value']);
      expect(answer.headers.get('x-request-id')).toMatch(/^req_/);
    }
  });
});

describe('a body that nobody asked for', () => {
  it('does no harm to a DELETE that only names its type', async () => {
    const answer = await send(`${stack.url()}/jobs/none`, { method: 'DELETE', headers: JSON_TYPE });
    expect([answer.status, codeOf(answer)]).toEqual([404, 'job_not_found']);
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
