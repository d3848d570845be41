import { get, type IncomingMessage } from 'node:http';
import { connect } from 'node:net';
import { text } from 'node:stream/consumers';
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

describe('a NUL character in a URL', () => {
  it('is refused, whatever store it would have reached', async () => {
    for (const path of ['/admin/keys/%00', '/jobs/a%00', '/jobs?cursor=%00', '/admin/board/%00']) {
      const answer = await send(`${stack.url()}${path}`);
      expect([answer.status, codeOf(answer)]).toEqual([400, 'invalid_value']);
    }
  });
});

describe('a part of a path', () => {
  it('may be as long as an identifier can be, and is refused above that', async () => {
    const identifier = `user:${'%7C'.repeat(200)}`;
    expect((await send(`${stack.url()}/rate-limits/${identifier}`)).status).toBe(200);
    const longer = await send(`${stack.url()}/jobs/${'x'.repeat(1_001)}`);
    expect([longer.status, codeOf(longer)]).toEqual([400, 'invalid_value']);
  });
});

describe('what is no HTTP/1.1', () => {
  it.each([
    ['GET  /health HTTP/3.3\r\nhost: x\r\n\r\n', 400, 'malformed_request'],
    ['GET /health HTTP/1.1\r\n\r\n', 400, 'malformed_request'],
    [
      'POST / HTTP/1.1\r\nhost: x\r\ncontent-length: 1\r\ncontent-length: 2\r\n\r\n',
      400,
      'malformed_request',
    ],
    [`GET /health HTTP/1.1\r\nhost: x\r\nx: ${'y'.repeat(20_000)}\r\n\r\n`, 431, 'headers_too_large'],
  ])('is refused in the shape of every other error', async (bytes, status, code) => {
    const socket = connect(Number(new URL(stack.url()).port), '127.0.0.1');
    socket.end(bytes);
    const [head = '', body = ''] = (await text(socket)).split('\r\n\r\n');
    expect(head).toMatch(new RegExp(`^HTTP/1.1 ${status} `));
    const { error } = JSON.parse(body) as { error: { code: string; request_id: string } };
    expect(error.code).toBe(code);
    expect(head).toContain(`x-request-id: ${error.request_id}`);
  });

  it('does not include an expectation that nobody knows', async () => {
    const answer = await new Promise<IncomingMessage>((resolve, reject) => {
      get(`${stack.url()}/health`, { headers: { expect: 'x' } }, resolve).on('error', reject);
    });
    answer.resume();
    expect(answer.statusCode).toBe(200);
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
    const preflight = await send(`${stack.url()}/admin/keys`, { method: 'OPTIONS' });
    expect([preflight.status, codeOf(preflight)]).toEqual([404, 'route_not_found']);
  });
});
