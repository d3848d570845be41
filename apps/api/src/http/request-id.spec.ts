import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { requestIdOf } from './request-id.js';

const MINTED = /^req_[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;
const given = (value: string | string[] | undefined): string =>
  requestIdOf({ headers: value === undefined ? {} : { 'x-request-id': value } });

describe('requestIdOf', () => {
  it('mints an id for a request that brings none, a new one each time', () => {
    expect(given(undefined)).toMatch(MINTED);
    expect(given(undefined)).not.toBe(given(undefined));
  });

  it('keeps a caller’s own valid id', () => {
    fc.assert(fc.property(fc.stringMatching(/^[A-Za-z0-9._-]{1,128}$/), (id) => given(id) === id));
  });

  it.each(['', 'a b', 'a\n', '<script>', '{"a":1}', 'é', 'a'.repeat(129), ['a', 'b']])(
    'replaces an id that cannot go into a log or a header as it is: %j',
    (id) => {
      expect(given(id)).toMatch(MINTED);
    },
  );

  it('gives 1 to 128 plain characters, whatever was sent', () => {
    fc.assert(
      fc.property(fc.oneof(fc.string(), fc.string({ unit: 'binary' }), fc.array(fc.string())), (value) => {
        expect(given(value)).toMatch(/^[A-Za-z0-9._-]{1,128}$/);
      }),
    );
  });
});
