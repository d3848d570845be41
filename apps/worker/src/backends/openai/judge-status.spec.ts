import { describe, expect, it } from '@jest/globals';
import { judgeErrorObject, judgeStatus } from './judge-status.js';

const KEY = 'sk-canary-6ad1';
const judge = (status: number, body?: unknown) => judgeStatus({ status, retryAfterMs: 7, body }, KEY);
const refusal = (body: unknown): unknown => {
  const outcome = judge(400, body);
  return outcome.kind === 'refused' ? outcome.refusal : outcome;
};

describe('judgeStatus', () => {
  it.each([401, 403, 408, 409, 425, 500, 502, 503, 529])(
    'judges status %d as trouble that may pass, with nothing of its words',
    (status) => {
      const trouble = { kind: 'unavailable', because: 'server-error', status, retryAfterMs: 7 };
      expect(judge(status, { error: { message: KEY } })).toEqual(trouble);
    },
  );

  it.each([300, 302, 304, 308])('judges status %d as a redirect', (status) => {
    expect(judge(status)).toEqual({ kind: 'garbled', because: 'redirect' });
  });

  it('judges status 429 as throttled', () => {
    expect(judge(429)).toEqual({ kind: 'throttled', retryAfterMs: 7 });
  });

  it.each([400, 402, 404, 405, 413, 415, 422])('passes the refusal %d on', (status) => {
    const words = { status, message: 'no', type: 't', code: '7', param: null };
    expect(judge(status, { error: { message: 'no', type: 't', code: 7, param: {} } })).toEqual({
      kind: 'refused',
      status,
      refusal: words,
    });
  });

  it.each<[unknown, string]>([
    [{ error: { message: 'a' } }, 'a'],
    [{ object: 'error', message: 'b' }, 'b'],
    [{ error: 'c' }, 'c'],
    [{ detail: 'd' }, 'd'],
    [{ error: { message: '' } }, 'The backend answered with status 400.'],
    [{ detail: [{ msg: 'x' }] }, 'The backend answered with status 400.'],
    ['<html>', 'The backend answered with status 400.'],
    [undefined, 'The backend answered with status 400.'],
  ])('reads the message of %j', (body, message) => {
    expect(refusal(body)).toEqual({ status: 400, message, type: null, code: null, param: null });
  });

  it('takes the key out of every word, also where the message is cut', () => {
    const long = 'x'.repeat(1_995) + KEY;
    expect(refusal({ error: { message: long, type: KEY, code: KEY, param: `a.${KEY}` } })).toEqual({
      status: 400,
      message: 'x'.repeat(1_995) + '***',
      type: '***',
      code: '***',
      param: 'a.***',
    });
    expect(refusal({ error: { message: `xxxx${long}` } })).toMatchObject({
      message: 'x'.repeat(1_999) + '*',
    });
  });
});

describe('judgeErrorObject', () => {
  it.each<[object, unknown]>([
    [{ choices: [] }, null],
    [{ error: null }, null],
    [{ error: 'overloaded' }, { kind: 'garbled', because: 'error-object' }],
    [{ error: { message: 'x', code: 'overloaded' } }, { kind: 'garbled', because: 'error-object' }],
    [{ error: { code: 429 } }, { kind: 'throttled', retryAfterMs: null }],
    [
      { error: { status_code: 503 } },
      { kind: 'unavailable', because: 'server-error', status: 503, retryAfterMs: null },
    ],
    [
      { error: { status: 404, message: 'no model' } },
      { kind: 'refused', status: 404, refusal: expect.objectContaining({ message: 'no model' }) },
    ],
  ])('judges %j by the status it names', (body, expected) => {
    expect(judgeErrorObject({ ...body }, KEY)).toEqual(expected);
  });
});
