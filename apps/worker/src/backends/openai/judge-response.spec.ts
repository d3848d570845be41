import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { APIConnectionError, APIConnectionTimeoutError, APIError, APIUserAbortError } from 'openai';
import type { GenerationTask } from '#common/contracts/generation.js';
import { OversizedResponse } from './bounded-fetch.js';
import { judgeFailure, judgeResponse } from './judge-response.js';

const task: GenerationTask = {
  model: 'm',
  messages: [{ role: 'user', content: 'Say hello' }],
  max_tokens: 150,
  temperature: 0.7,
};
const calm = { isAborted: false, isTimedOut: false, nowMs: 0 };
const status = (code: number, headers: Record<string, string> = {}) =>
  APIError.generate(code, { error: { message: 'sk-secret' } }, undefined, new Headers(headers));
const completion = (change: object = {}) => ({ choices: [{ message: { content: 'Hello' }, ...change }] });

describe('judgeResponse', () => {
  it('takes text, finish reason and usage from the first choice', () => {
    const body = {
      ...completion({ finish_reason: 'length' }),
      usage: { prompt_tokens: 3, completion_tokens: 5, total_tokens: 8 },
    };
    expect(judgeResponse(body, task)).toEqual({
      kind: 'completed',
      answer: { text: 'Hello', finishReason: 'length', usage: { input_tokens: 3, output_tokens: 5 } },
    });
  });

  it.each([undefined, null, {}, { prompt_tokens: -1, completion_tokens: 1 }, 'none'])(
    'estimates tokens when usage is %j',
    (usage) => {
      expect(judgeResponse({ ...completion(), usage }, task)).toMatchObject({
        answer: { usage: { input_tokens: 3, output_tokens: 2 } },
      });
    },
  );

  it('takes an answer without a finish reason as finished', () => {
    expect(judgeResponse(completion({ finish_reason: null }), task)).toMatchObject({
      answer: { finishReason: 'stop' },
    });
  });

  it.each([
    [undefined],
    [null],
    ['<html></html>'],
    [{}],
    [{ error: { message: 'no' } }],
    [{ choices: [] }],
    [{ choices: [{}] }],
    [{ choices: [{ message: { content: null } }] }],
    [{ choices: [{ message: { content: [{ type: 'text' }] } }] }],
  ])('calls %j garbled', (body) => {
    expect(judgeResponse(body, task)).toEqual({ kind: 'garbled' });
  });

  it('never throws, whatever a backend sends', () => {
    fc.assert(
      fc.property(fc.anything(), (body) => ['completed', 'garbled'].includes(judgeResponse(body, task).kind)),
    );
  });
});

describe('judgeFailure', () => {
  it.each([300, 302, 304, 308, 401, 403, 408, 409, 425, 500, 502, 503, 529])(
    'judges status %d as trouble that may pass, and keeps it for the log',
    (code) => {
      const trouble = { kind: 'unavailable', because: 'server-error', status: code };
      expect(judgeFailure(status(code), calm)).toEqual(trouble);
    },
  );

  it('judges status 429 as throttled', () => {
    expect(judgeFailure(status(429), calm)).toEqual({ kind: 'throttled', retryAfterMs: null });
  });

  it.each([400, 402, 404, 405, 413, 415, 422])('passes the refusal %d on', (code) => {
    expect(judgeFailure(status(code), calm)).toEqual({ kind: 'refused', status: code });
  });

  it('reads a date in Retry-After relative to the given now', () => {
    const throttled = status(429, { 'retry-after': 'Thu, 01 Jan 1970 00:00:30 GMT' });
    expect(judgeFailure(throttled, { ...calm, nowMs: 10_000 })).toEqual({
      kind: 'throttled',
      retryAfterMs: 20_000,
    });
  });

  it.each([
    [new APIConnectionTimeoutError(), { kind: 'unavailable', because: 'timeout' }],
    [new APIConnectionError({ message: 'x' }), { kind: 'unavailable', because: 'connection' }],
    [new TypeError('terminated'), { kind: 'unavailable', because: 'connection' }],
    [new SyntaxError('x'), { kind: 'garbled' }],
    [new OversizedResponse(), { kind: 'garbled' }],
  ])('judges %s as %j', (error, expected) => {
    expect(judgeFailure(error, calm)).toEqual(expected);
  });

  it('calls it aborted exactly when our signal fired', () => {
    const abort = new APIUserAbortError();
    expect(judgeFailure(abort, { ...calm, isAborted: true, isTimedOut: true })).toEqual({ kind: 'aborted' });
    expect(judgeFailure(abort, { ...calm, isTimedOut: true })).toEqual({
      kind: 'unavailable',
      because: 'timeout',
    });
  });

  it('passes nothing of an error’s text on', () => {
    fc.assert(
      fc.property(fc.integer({ min: 300, max: 599 }), (code) => {
        expect(JSON.stringify(judgeFailure(status(code), calm))).not.toContain('sk-secret');
      }),
    );
  });
});
