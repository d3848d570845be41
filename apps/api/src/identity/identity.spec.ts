import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { Refusal } from '#common/errors/refusal.js';
import { type Credentials, identify } from './identity.js';

const nobody: Credentials = {
  authorization: undefined,
  apiKey: undefined,
  userId: undefined,
  address: '203.0.113.7',
};
const who = (credentials: Partial<Credentials>) => identify({ ...nobody, ...credentials });
const visible = fc.stringMatching(/^[\x21-\x7e]{1,200}$/);
const keys = visible.map((text) => `sk-canary-${text}`.slice(0, 200));
const addresses = fc.oneof(fc.ipV4(), fc.ipV6());
const called = (kind: string, name: string, credentials: Partial<Credentials>) => ({
  kind,
  name,
  credentials,
});
/** One caller by one way, with the way. */
const callers = fc.oneof(
  keys.map((apiKey) => called('key', apiKey, { apiKey })),
  visible.map((userId) => called('user', userId, { userId })),
  fc.ipV4().map((address) => called('ip', address, { address })),
);

function refusalOf(credentials: Partial<Credentials>): Refusal | null {
  try {
    who(credentials);
    return null;
  } catch (error) {
    if (error instanceof Refusal) return error;
    throw error;
  }
}

describe('identify', () => {
  it('knows a caller by its key before its user id, and by its user id before its address', () => {
    fc.assert(
      fc.property(keys, visible, addresses, (apiKey, userId, address) => {
        expect(who({ apiKey, userId, address })).toEqual(who({ apiKey }));
        expect(who({ userId, address })).toEqual(who({ userId }));
        expect([who({ apiKey }).kind, who({ userId }).kind, who({ address }).kind]).toEqual([
          'key',
          'user',
          'ip',
        ]);
      }),
    );
  });

  it('names a caller as the original system did', () => {
    expect(who({ userId: 'ada' }).clientId).toBe('user:ada');
    expect(who({ address: '2001:db8::1' }).clientId).toBe('ip:2001:db8::1');
    expect(who({ apiKey: 'abc' }).clientId).toBe('key:ba7816bf8f01cfea'); // SHA-256 of abc, FIPS 180-2, B.1
  });

  it('reads a key from X-API-Key or as a bearer token, and prefers the former', () => {
    const expected = who({ apiKey: 'sk-1' });
    expect(who({ authorization: 'Bearer sk-1' })).toEqual(expected);
    expect(who({ authorization: 'bearer   sk-1' })).toEqual(expected);
    expect(who({ authorization: 'Bearer sk-2', apiKey: 'sk-1' })).toEqual(expected);
  });

  it.each(['', 'Bearer', 'Bearer ', 'Basic dTpw', 'sk-1', 'xBearer sk-1'])(
    'takes no key from an authorization of another kind: %j',
    (authorization) => {
      expect(who({ authorization, userId: 'ada' }).clientId).toBe('user:ada');
    },
  );

  it('shows a key nowhere', () => {
    fc.assert(
      fc.property(keys, fc.boolean(), (key, isBearer) => {
        const identity = who(isBearer ? { authorization: `Bearer ${key}` } : { apiKey: key });
        expect(identity.kind).toBe('key');
        expect(JSON.stringify(identity)).not.toContain('canary');
      }),
    );
  });

  it('knows an IPv4 caller by one name, however the socket writes it', () => {
    fc.assert(
      fc.property(fc.ipV4(), (address) => {
        expect(who({ address: `::ffff:${address}` })).toEqual(who({ address }));
        expect(who({ address }).clientId).toBe(`ip:${address}`);
      }),
    );
    expect(who({ address: '::ffff:cb00:7107' }).clientId).toBe('ip:::ffff:cb00:7107');
  });

  it('gives the same caller the same tenant and different callers different ones, also when their names are alike', () => {
    const pairs = fc.oneof(
      fc.tuple(callers, callers),
      visible.map(
        (text) => [called('key', text, { apiKey: text }), called('user', text, { userId: text })] as const,
      ),
    );
    fc.assert(
      fc.property(pairs, ([one, other]) => {
        const isSame = one.kind === other.kind && one.name === other.name;
        expect(who(one.credentials).tenant === who(other.credentials).tenant).toBe(isSame);
        expect(who(one.credentials)).toEqual(who(one.credentials));
      }),
    );
    expect(who({ userId: '203.0.113.7' }).tenant).not.toBe(who({}).tenant);
  });

  it('makes a tenant that is fit for a Redis key, whatever the caller is called', () => {
    fc.assert(
      fc.property(callers, ({ credentials }) => {
        expect(who(credentials).tenant).toMatch(/^[0-9a-f]{24}$/);
      }),
    );
  });

  it.each(['', ' ', 'a b', 'é', 'a\n', 'a\u0000', 'a'.repeat(201)])(
    'refuses a header that is no identifier, by its name: %j',
    (text) => {
      expect(refusalOf({ apiKey: text })).toMatchObject({
        code: 'invalid_value',
        detail: { param: 'X-API-Key' },
      });
      expect(refusalOf({ userId: text })).toMatchObject({
        code: 'invalid_value',
        detail: { param: 'X-User-ID' },
      });
    },
  );

  it('does not repeat a key that it refuses', () => {
    for (const refusal of [
      refusalOf({ apiKey: 'can ary' }),
      refusalOf({ authorization: 'Bearer can ary' }),
    ]) {
      expect(refusal?.code).toBe('invalid_value');
      expect(JSON.stringify([refusal?.message, refusal?.detail])).not.toContain('can ary');
    }
  });

  it('looks at no user id when there is a key, and at no header when there is none', () => {
    expect(refusalOf({ apiKey: 'sk-1', userId: 'a b' })).toBeNull();
    expect(refusalOf({})).toBeNull();
  });
});
