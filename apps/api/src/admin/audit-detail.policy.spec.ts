import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { auditDetail } from './audit-detail.policy.js';

const nothing = { params: {}, query: {}, body: undefined };
const bodyOf = (body: unknown): unknown => auditDetail({ ...nothing, body }).body;

describe('what is kept of an admin write', () => {
  it('is what the path, the query and the body say', () => {
    const params = { id: 'key_1' };
    const query = { rule_type: 'requests' };
    const body = {
      name: 'ci',
      tier: 'basic',
      models: ['*'],
      expires_at: null,
      nested: { on: true, weight: 1.5 },
    };
    expect(auditDetail({ params, query, body })).toEqual({ params, query, body });
    expect(auditDetail(nothing)).toEqual({ params: {}, query: {}, body: null });
  });

  it.each([
    'token',
    'ADMIN_TOKEN',
    'accessTokens',
    'key',
    'api_key',
    'apiKey',
    'x-api-key',
    'secret',
    'client_secret',
    'password',
    'Passwort',
    'authorization',
    'cookie',
    'prompt',
    'messages',
  ])('holds nothing of a field called %s, at any depth and of any kind', (name) => {
    for (const value of ['CANARY', ['CANARY'], { a: 'CANARY' }]) {
      const fields = { [name]: value };
      const detail = auditDetail({ params: fields, query: fields, body: [{ a: [fields] }] });
      expect(detail).toEqual({
        params: { [name]: '***' },
        query: { [name]: '***' },
        body: [{ a: [{ [name]: '***' }] }],
      });
    }
  });

  it('holds numbers of tokens, and whether there is a key', () => {
    const body = { max_tokens: 100, tokens: { per_minute: 1 }, has_key: true, previous_key: null };
    expect(bodyOf(body)).toEqual({ ...body, tokens: '***' });
    expect(bodyOf({ token: 123_456 })).toEqual({ token: '***' });
  });

  it('ends where it is too long, and says how long it was', () => {
    const text = 'x'.repeat(10_000);
    expect(bodyOf({ text })).toEqual({ cut: `{"text":"${'x'.repeat(2_491)}`, characters: 10_011 });
  });

  it('fits in 5 KiB of jsonb, whatever was sent', () => {
    fc.assert(
      fc.property(fc.jsonValue(), fc.dictionary(fc.string(), fc.string()), (body, query) => {
        const text = JSON.stringify(auditDetail({ params: query, query, body }));
        expect(text.length).toBeLessThan(5 * 1_024 * 2);
        expect(text).not.toContain(String.raw`\u0000`);
        expect(text.isWellFormed()).toBe(true);
      }),
    );
  });

  it('holds what PostgreSQL can store, also of text that it cannot', () => {
    expect(bodyOf({ 'a\0': 'b\0', c: '\ud800' })).toEqual({ 'a\u{fffd}': 'b\u{fffd}', c: '\u{fffd}' });
  });
});
