import { describe, expect, it } from '@jest/globals';
import { Refusal } from '#common/errors/refusal.js';
import type { KeyRecord } from '../identity/api-keys.ledger.js';
import { identify, identityOfKey } from '../identity/identity.js';
import type { ManageKeys } from '../identity/manage-keys.js';
import { FindLimited } from './find-limited.js';

const KEY_ID = 'AbCdEf012345';
const RECORD: KeyRecord = {
  id: KEY_ID,
  tier: 'premium',
  tenant: 'acme',
  scopes: [],
  models: [],
  budgetUsdPerDay: 5,
  validUntilMs: null,
};
const OF_KEY = identityOfKey(RECORD, undefined);
const keys = {
  identityOf: async (id: string) => {
    if (id === KEY_ID) return OF_KEY;
    throw new Refusal('key_not_found');
  },
};
const find = new FindLimited(keys as unknown as ManageKeys);
const caller = (shown: { userId?: string; address?: string }) =>
  identify({ key: undefined, userId: shown.userId, address: shown.address ?? '0.0.0.0' });

describe('a caller by its identifier', () => {
  it.each([
    ['user:alice', caller({ userId: 'alice' })],
    ['user:ip:key:a', caller({ userId: 'ip:key:a' })],
    ['ip:203.0.113.7', caller({ address: '203.0.113.7' })],
    ['ip:::ffff:203.0.113.7', caller({ address: '203.0.113.7' })],
    ['ip:2001:db8::17', caller({ address: '2001:db8::' })],
    [`key:${KEY_ID}`, OF_KEY],
  ])('%s is the one who is limited when it calls', async (identifier, identity) => {
    expect(await find.byIdentifier(identifier)).toEqual(identity);
  });

  it.each([
    '',
    'alice',
    'user:',
    'key:',
    'ip:',
    'key:short',
    `key:${KEY_ID}/alice`,
    'ip:nowhere',
    'team:a',
    'USER:a',
    'user:a b',
  ])('%j is refused as no identifier', async (identifier) => {
    await expect(find.byIdentifier(identifier)).rejects.toMatchObject({ code: 'invalid_value' });
  });

  it('of an unknown key is not found', async () => {
    await expect(find.byIdentifier('key:000000000000')).rejects.toMatchObject({ code: 'key_not_found' });
  });
});
