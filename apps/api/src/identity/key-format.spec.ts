import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { crc32 } from 'node:zlib';
import { hashKey, isKeyId, isKeyShaped, mintKey, mintKeyId } from './key-format.js';

const BASE62 = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz';
const SECRET = 'a secret of the house';

describe('a new key', () => {
  it('has the documented shape: prefix, 32 base62 characters, 6 of their CRC-32', () => {
    const key = mintKey();
    const [, random = '', sum = ''] = /^sk-sluice-([0-9A-Za-z]{32})([0-9A-Za-z]{6})$/.exec(key) ?? [];
    const value = Array.from(sum).reduce((before, digit) => before * 62 + BASE62.indexOf(digit), 0);
    expect(value).toBe(crc32(random));
    expect(isKeyShaped(key)).toBe(true);
  });

  it('is like no other, and uses the whole alphabet', () => {
    const keys = Array.from({ length: 500 }, () => mintKey());
    expect(new Set(keys).size).toBe(500);
    expect(new Set(keys.join('').replaceAll('sk-sluice-', '')).size).toBe(62);
  });

  it('has an id that is no part of it', () => {
    const id = mintKeyId();
    expect(isKeyId(id)).toBe(true);
    expect(isKeyId(`${id}x`)).toBe(false);
  });
});

describe('isKeyShaped', () => {
  it('knows a key with one character mistyped, so that no store is asked for it', () => {
    fc.assert(
      fc.property(fc.nat({ max: 37 }), fc.constantFrom(...Array.from(BASE62)), (at, digit) => {
        const key = mintKey();
        const place = 'sk-sluice-'.length + at;
        const mistyped = key.slice(0, place) + digit + key.slice(place + 1);
        expect(isKeyShaped(mistyped)).toBe(mistyped === key);
      }),
    );
  });

  it.each(['', 'sk-sluice-', 'sk-other-abc'])('knows what is no key at all: %j', (text) => {
    expect(isKeyShaped(text)).toBe(false);
    expect(isKeyShaped(`${mintKey()}${text} `)).toBe(false);
    expect(isKeyShaped(mintKey().slice(0, -1))).toBe(false);
  });
});

describe('hashKey', () => {
  it('depends on the key and on the secret, and shows neither', () => {
    const key = mintKey();
    expect(hashKey(key, SECRET)).toMatch(/^[0-9a-f]{64}$/);
    expect(hashKey(key, SECRET)).toBe(hashKey(key, SECRET));
    expect(hashKey(key, SECRET)).not.toBe(hashKey(key, `${SECRET}!`));
    expect(hashKey(key, SECRET)).not.toBe(hashKey(mintKey(), SECRET));
  });

  it('is HMAC-SHA-256 (RFC 4231, test case 2)', () => {
    expect(hashKey('what do ya want for nothing?', 'Jefe')).toBe(
      '5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843',
    );
  });
});
