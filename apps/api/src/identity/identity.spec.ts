import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { Refusal } from '#common/errors/refusal.js';
import type { KeyRecord } from './api-keys.ledger.js';
import { type Credentials, identify, identityOfKey } from './identity.js';

const nobody: Credentials = {
  key: undefined,
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
  keys.map((key) => called('key', key, { key })),
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
      fc.property(keys, visible, addresses, (key, userId, address) => {
        expect(who({ key, userId, address })).toEqual(who({ key }));
        expect(who({ userId, address })).toEqual(who({ userId }));
        expect([who({ key }).kind, who({ userId }).kind, who({ address }).kind]).toEqual([
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
    expect(who({ key: 'abc' }).clientId).toBe('key:ba7816bf8f01cfea'); // SHA-256 of abc, FIPS 180-2, B.1
  });

  it('shows a key nowhere', () => {
    fc.assert(
      fc.property(keys, (key) => {
        const identity = who({ key });
        expect(identity.kind).toBe('key');
        expect(JSON.stringify(identity)).not.toContain('canary');
      }),
    );
  });

  it('gives the same caller the same tenant and different callers different ones, also when their names are alike', () => {
    const pairs = fc.oneof(
      fc.tuple(callers, callers),
      visible.map(
        (text) => [called('key', text, { key: text }), called('user', text, { userId: text })] as const,
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
      expect(refusalOf({ key: text })).toMatchObject({
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
    const refusal = refusalOf({ key: 'can ary' });
    expect(refusal?.code).toBe('invalid_value');
    expect(JSON.stringify([refusal?.message, refusal?.detail])).not.toContain('can ary');
  });

  it('looks at no user id when there is a key, and at no header when there is none', () => {
    expect(refusalOf({ key: 'sk-1', userId: 'a b' })).toBeNull();
    expect(refusalOf({})).toBeNull();
  });
});

describe('identityOfKey', () => {
  const record: KeyRecord = {
    id: 'AbCdEf012345',
    tier: 'premium',
    tenant: null,
    scopes: ['generate'],
    models: ['gpt-*'],
    budgetUsdPerDay: 5,
    validUntilMs: null,
  };

  it('is what the key says', () => {
    expect(identityOfKey(record, undefined)).toMatchObject({
      kind: 'key',
      clientId: 'key:AbCdEf012345',
      tier: 'premium',
      scopes: ['generate'],
      models: ['gpt-*'],
      keyBudget: { keyId: 'AbCdEf012345', usdPerDay: 5 },
    });
    expect(identityOfKey({ ...record, budgetUsdPerDay: null }, undefined).keyBudget).toBeNull();
  });

  it('lets X-User-ID tell callers of one key apart, and multiplies none of its limits', () => {
    fc.assert(
      fc.property(visible, (userId) => {
        const split = identityOfKey(record, userId);
        expect(split.clientId).toBe(`key:AbCdEf012345/${userId}`);
        expect(split.tenant).toBe(identityOfKey(record, undefined).tenant);
      }),
    );
  });

  it('makes keys of one tenant one tenant, and any other key one of its own', () => {
    const tenantOf = (changes: Partial<KeyRecord>) =>
      identityOfKey({ ...record, ...changes }, undefined).tenant;
    expect(tenantOf({ tenant: 'acme' })).toBe(tenantOf({ tenant: 'acme', id: 'another00000' }));
    expect(tenantOf({ tenant: 'acme' })).not.toBe(tenantOf({ tenant: 'acme2' }));
    expect(tenantOf({})).not.toBe(tenantOf({ id: 'another00000' }));
    expect(tenantOf({ tenant: 'AbCdEf012345' })).not.toBe(tenantOf({}));
  });
});
