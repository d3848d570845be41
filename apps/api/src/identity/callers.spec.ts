import { describe, expect, it } from '@jest/globals';
import type { FastifyRequest } from 'fastify';
import { credentialsOf } from './callers.js';

const shown = (headers: Record<string, string | string[]>) =>
  credentialsOf({ headers, ip: '203.0.113.7', socket: {} } as FastifyRequest);

describe('credentialsOf', () => {
  it('reads a key from X-API-Key or as a bearer token, and prefers the former', () => {
    expect(shown({ 'x-api-key': 'sk-1' }).key).toBe('sk-1');
    expect(shown({ authorization: 'Bearer sk-1' }).key).toBe('sk-1');
    expect(shown({ authorization: 'bearer   sk-1' }).key).toBe('sk-1');
    expect(shown({ authorization: 'Bearer sk-2', 'x-api-key': 'sk-1' }).key).toBe('sk-1');
  });

  it.each(['', 'Bearer', 'Bearer ', 'Basic dTpw', 'sk-1', 'xBearer sk-1'])(
    'takes no key from an authorization of another kind: %j',
    (authorization) => {
      expect(shown({ authorization, 'x-user-id': 'ada' })).toEqual({
        key: undefined,
        userId: 'ada',
        address: '203.0.113.7',
      });
    },
  );
});
