import { describe, expect, it } from '@jest/globals';
import { BadRequestException, HttpException, NotFoundException } from '@nestjs/common';
import fc from 'fast-check';
import { CATALOGUE, ERROR_CODES, type ErrorEntry } from '#common/errors/catalogue.js';
import { Refusal } from '#common/errors/refusal.js';
import { BackendRefused } from './backend-refused.js';
import { errorAnswer } from './error-answer.js';

const request = { id: 'req_1', url: '/generate' };
const headersOf = (code: Refusal['code'], retryAfterSeconds?: number): Readonly<Record<string, string>> =>
  errorAnswer(new Refusal(code, retryAfterSeconds === undefined ? {} : { retryAfterSeconds }), request)
    .headers;
const coded = (code: string): Error => Object.assign(new Error('canary'), { code });
const codesThat = (isSo: (entry: ErrorEntry) => boolean) =>
  ERROR_CODES.filter((code) => isSo(CATALOGUE[code]));
const later = codesThat(({ retry }) => retry === 'later');

describe('errorAnswer', () => {
  it.each(ERROR_CODES)('answers %s as problem details of RFC 9457 with the error inside', (code) => {
    const { status, type, sentence } = CATALOGUE[code];
    const answer = errorAnswer(new Refusal(code), request);
    expect(answer).toMatchObject({ status, code });
    expect(answer.headers['content-type']).toBe('application/problem+json; charset=utf-8');
    expect(answer.body).toEqual({
      type: `urn:sluice:error:${code}`,
      title: expect.stringMatching(/^[A-Z]/),
      status,
      detail: sentence,
      instance: 'urn:sluice:request:req_1',
      error: { message: sentence, type, code, param: null, request_id: 'req_1' },
    });
  });

  it.each(ERROR_CODES)('answers %s on /v1 as OpenAI does, with the same status', (code) => {
    const { status, type, sentence } = CATALOGUE[code];
    const answer = errorAnswer(new Refusal(code), { id: 'req_1', url: '/v1/chat/completions?x=1' });
    expect(answer.status).toBe(status);
    expect(answer.headers['content-type']).toBe('application/json; charset=utf-8');
    expect(answer.body).toEqual({
      error: { message: sentence, type, code, param: null, request_id: 'req_1' },
    });
  });

  it('answers on /v1 what a backend said that refused, with its status; elsewhere in our own words', () => {
    const said = { status: 422, message: 'Too hot.', type: null, code: 'too_hot', param: 'temperature' };
    const refused = new BackendRefused(said, 'job_1');
    const answer = errorAnswer(refused, { id: 'req_1', url: '/v1/chat/completions' });
    expect(answer).toMatchObject({ status: 422, code: 'backend_refused' });
    expect(answer.headers).toEqual({
      'content-type': 'application/json; charset=utf-8',
      'x-sluice-job-id': 'job_1',
    });
    expect(answer.body).toEqual({
      error: {
        message: 'Too hot.',
        type: 'invalid_request_error',
        code: 'too_hot',
        param: 'temperature',
        request_id: 'req_1',
        job_id: 'job_1',
      },
    });
    expect(errorAnswer(refused, request)).toMatchObject({
      status: 502,
      headers: { 'x-should-retry': 'false' },
      body: { error: { message: CATALOGUE.backend_refused.sentence, code: 'backend_refused' } },
    });
  });

  it.each(['backend_bad_response', 'stream_interrupted', 'job_cancelled'] as const)(
    'keeps OpenAI’s clients from trying %s again at once, which our workers have done',
    (code) => {
      const url = '/v1/chat/completions';
      expect(errorAnswer(new Refusal(code), { id: 'r', url }).headers['x-should-retry']).toBe('false');
    },
  );

  it('takes no other path for OpenAI’s', () => {
    for (const url of ['/v10/x', '/v1', '/generate?from=/v1/']) {
      expect(errorAnswer(new Refusal('stopping'), { id: 'r', url }).body).toHaveProperty('instance');
    }
  });

  it('says more precisely what happened, where and to which job', () => {
    const refusal = new Refusal('invalid_value', {
      message: 'model: too long',
      param: 'model',
      jobId: 'job_1',
    });
    expect(errorAnswer(refusal, request).body).toMatchObject({
      detail: 'model: too long',
      error: { message: 'model: too long', param: 'model', job_id: 'job_1' },
    });
  });

  it.each([
    ['FST_ERR_CTP_BODY_TOO_LARGE', 'body_too_large'],
    ['FST_ERR_CTP_INVALID_MEDIA_TYPE', 'unsupported_media_type'],
    ['FST_ERR_CTP_INVALID_TYPE', 'unsupported_media_type'],
    ['FST_ERR_CTP_EMPTY_JSON_BODY', 'invalid_json'],
    ['FST_ERR_CTP_INVALID_JSON_BODY', 'invalid_json'],
    ['FST_ERR_CTP_INVALID_CONTENT_LENGTH', 'invalid_json'],
    ['ECONNREFUSED', 'internal_error'],
  ])('answers Fastify’s %s as %s, in our own words', (theirs, ours) => {
    const answer = errorAnswer(coded(theirs), request);
    expect(answer.code).toBe(ours);
    expect(JSON.stringify(answer)).not.toContain('canary');
  });

  it.each([
    [new NotFoundException('canary'), 'route_not_found'],
    [new BadRequestException('canary'), 'invalid_json'],
    [new HttpException('canary', 413), 'body_too_large'],
    [new HttpException('canary', 415), 'unsupported_media_type'],
    [new HttpException('canary', 418), 'internal_error'],
    [new HttpException('canary', 500), 'internal_error'],
    [Object.assign(new Error('canary'), { statusCode: 400 }), 'invalid_json'],
    [Object.assign(new Error('canary'), { statusCode: 503 }), 'internal_error'],
  ])('answers what the framework throws by itself: %j as %s', (thrown, ours) => {
    const answer = errorAnswer(thrown, request);
    expect(answer.code).toBe(ours);
    expect(JSON.stringify(answer)).not.toContain('canary');
  });

  it('answers whatever else is thrown as internal_error, and shows nothing of it', () => {
    const unknown = fc.oneof(
      fc.constantFrom<unknown>('canary', undefined, null, Symbol('canary'), () => 'canary', ['canary']),
      fc.string().map((text) => new TypeError(`${text}canary`)),
      fc.anything().map((cause) => new Error('canary', { cause })),
      fc.record({ message: fc.constant('canary'), code: fc.string(), statusCode: fc.integer({ min: 401 }) }),
    );
    fc.assert(
      fc.property(unknown, (thrown) => {
        const answer = errorAnswer(thrown, request);
        expect(answer).toMatchObject({ status: 500, code: 'internal_error' });
        expect(JSON.stringify(answer)).not.toContain('canary');
      }),
    );
  });

  it('does not show why a refusal came about', () => {
    const refusal = new Refusal('dependency_unavailable', { cause: new Error('canary 10.0.0.7:6379') });
    expect(JSON.stringify(errorAnswer(refusal, request))).not.toContain('canary');
  });

  it('asks for a key or for the administrator’s token as a bearer token, and only there', () => {
    const asking = ERROR_CODES.filter((code) => 'www-authenticate' in headersOf(code));
    expect(asking).toEqual(['invalid_api_key', 'admin_required', 'hook_token_required']);
    expect(headersOf('invalid_api_key')['www-authenticate']).toBe('Bearer realm="Sluice"');
    expect(headersOf('admin_required')['www-authenticate']).toBe('Bearer realm="Sluice administration"');
  });
});

describe('the headers that say when to come back', () => {
  it('name whole seconds rounded up, the exact milliseconds, and no retry beyond a minute', () => {
    fc.assert(
      fc.property(fc.constantFrom(...later), fc.integer({ min: 0, max: 600_000 }), (code, ms) => {
        const headers = headersOf(code, ms / 1_000);
        expect(headers['retry-after']).toMatch(/^\d+$/);
        expect(Number(headers['retry-after'])).toBe(Math.ceil(ms / 1_000));
        expect(Number(headers['retry-after-ms'])).toBeGreaterThanOrEqual(ms);
        expect(Number(headers['retry-after-ms'])).toBeLessThanOrEqual(ms + 1);
        expect(headers['x-should-retry']).toBe(ms > 60_000 ? 'false' : undefined);
      }),
    );
  });

  it('still invite to a retry after exactly a minute', () => {
    expect(headersOf('queue_full', 60)).not.toHaveProperty('x-should-retry');
    expect(headersOf('queue_full', 60.001)).toMatchObject({ 'retry-after': '61', 'x-should-retry': 'false' });
  });

  it('say one second where a limit or an outage names no time', () => {
    const unnamed = codesThat(({ retry, status }) => retry === 'later' && (status === 429 || status === 503));
    expect(unnamed).toContain('queue_full');
    for (const code of unnamed)
      expect(headersOf(code)).toMatchObject({ 'retry-after': '1', 'retry-after-ms': '1000' });
  });

  it('are missing where nobody knows a time', () => {
    const others = codesThat(({ retry, status }) => retry === 'later' && status !== 429 && status !== 503);
    expect(others).toContain('internal_error');
    for (const code of others) expect(Object.keys(headersOf(code))).toEqual(['content-type']);
  });

  it('never invite back whom the same request would fail again, and stop clients that try by themselves', () => {
    const final = codesThat(({ retry }) => retry !== 'later');
    expect(final).toContain('backend_refused');
    for (const code of final) {
      const headers = headersOf(code, 5);
      expect(headers).not.toHaveProperty('retry-after');
      expect(headers).not.toHaveProperty('retry-after-ms');
      expect(headers['x-should-retry']).toBe(CATALOGUE[code].status >= 500 ? 'false' : undefined);
    }
  });
});
