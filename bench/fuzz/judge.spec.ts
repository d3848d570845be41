import { describe, expect, it } from '@jest/globals';
import type { Answer } from './answer.js';
import { CANARIES } from './headers.js';
import { judge } from './judge.js';
import type { Operation } from './openapi.parser.js';
import type { Plan, Sent } from './plan.js';

const operation: Operation = {
  method: 'GET',
  path: '/jobs',
  parameters: [],
  bodies: [],
  isBodyRequired: false,
  statuses: new Set([200]),
};
const plan: Plan = {
  method: 'GET',
  path: '/jobs',
  headers: [],
  body: { kind: 'none' },
  scratch: null,
  hangUpMs: null,
  isTwisted: false,
};
const sent: Sent = { ...plan, bytes: null };

const answered = (status: number, error: object | null = null, id = 'req_1'): Answer => ({
  kind: 'answered',
  status,
  headers: { 'x-request-id': id, 'content-type': 'application/problem+json' },
  text: JSON.stringify({ error }),
  tookMs: 1,
});
const refusal = (code: string, more: object = {}) => ({
  code,
  type: 'invalid_request_error',
  message: 'No.',
  request_id: 'req_1',
  ...more,
});
const complaint = (answer: Answer, path = '/jobs') => judge(answer, { ...operation, path }, plan, sent)?.name;

describe('judge', () => {
  it('takes what is documented', () => {
    expect(complaint(answered(200))).toBeUndefined();
    expect(complaint(answered(400, refusal('invalid_value')))).toBeUndefined();
    expect(complaint({ kind: 'hung up' })).toBeUndefined();
  });

  it.each<[string, Answer]>([
    ['undocumented status 204', answered(204)],
    ['400 without a code of the catalogue', answered(400, refusal('odd'))],
    ['invalid_value with status 404', answered(404, refusal('invalid_value'))],
    ['another request_id than x-request-id', answered(400, refusal('invalid_value'), 'req_2')],
    ['500 internal_error', answered(500, refusal('internal_error', { type: 'server_error' }))],
    [
      '503 dependency_unavailable',
      answered(503, refusal('dependency_unavailable', { type: 'server_error' })),
    ],
    ['an error repeats a secret', answered(400, refusal('invalid_value', { message: CANARIES.apiKey }))],
    ['an error shows our insides', answered(400, refusal('invalid_value', { message: 'at x (a.js:1:2)' }))],
    ['broken', { kind: 'broken', because: 'x' }],
    ['late', { kind: 'late' }],
  ])('complains of: %s', (name, answer) => {
    expect(complaint(answer)).toBe(name);
  });

  it('lets a backend fail where somebody waits for one, and nowhere else', () => {
    const failed = answered(502, refusal('backend_bad_response', { type: 'backend_error' }));
    expect(complaint(failed, '/generate')).toBeUndefined();
    expect(complaint(failed, '/admin/keys')).toBe('502 backend_bad_response');
  });
});
