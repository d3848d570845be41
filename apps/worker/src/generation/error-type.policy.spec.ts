import { describe, expect, it } from '@jest/globals';
import type { CallOutcome } from '../backends/backend.js';
import { errorTypeOf } from './error-type.policy.js';

describe('error.type of a call', () => {
  it.each<[CallOutcome, string | null]>([
    [{ kind: 'aborted' }, null],
    [{ kind: 'refused', status: 404 }, '404'],
    [{ kind: 'throttled', retryAfterMs: null }, '429'],
    [{ kind: 'unavailable', because: 'server-error', status: 503 }, '503'],
    [{ kind: 'unavailable', because: 'timeout' }, 'timeout'],
    [{ kind: 'garbled', because: 'not-json' }, 'not-json'],
  ])('of %j is %s', (outcome, type) => {
    expect(errorTypeOf(outcome)).toBe(type);
  });
});
