import { describe, expect, it } from '@jest/globals';
import { malformedAnswer } from './malformed.js';

function parsed(answer: string) {
  const [head = '', text = ''] = answer.split('\r\n\r\n');
  const [first, ...lines] = head.split('\r\n');
  const headers = Object.fromEntries(lines.map((line) => line.split(': '))) as Record<string, string>;
  return { first, headers, text };
}

describe('malformedAnswer', () => {
  it.each([
    ['HPE_INVALID_METHOD', 'HTTP/1.1 400 Bad Request', 'malformed_request'],
    [undefined, 'HTTP/1.1 400 Bad Request', 'malformed_request'],
    ['HPE_HEADER_OVERFLOW', 'HTTP/1.1 431 Request Header Fields Too Large', 'headers_too_large'],
    ['ERR_HTTP_REQUEST_TIMEOUT', 'HTTP/1.1 408 Request Timeout', 'request_timeout'],
  ])('answers %s in the shape of every other error', (given, line, code) => {
    const { first, headers, text } = parsed(malformedAnswer(given));
    expect(first).toBe(line);
    expect(headers).toMatchObject({
      'content-type': 'application/problem+json; charset=utf-8',
      'content-length': String(Buffer.byteLength(text)),
      connection: 'close',
    });
    expect(JSON.parse(text)).toMatchObject({ error: { code, request_id: headers['x-request-id'] } });
  });
});
