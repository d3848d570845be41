import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { bornMs, isJobId, mintJobId, mintRequestId, mintWorkerId, uuidV7 } from './ids.js';

const moments = fc.integer({ min: 0, max: 2 ** 48 - 1 });
const randomness = fc.uint8Array({ minLength: 10, maxLength: 10 });
const digitsOf = (uuid: string): string => uuid.replaceAll('-', '');

describe('uuidV7', () => {
  it('makes the example of RFC 9562, appendix A.6', () => {
    const random = Uint8Array.from([0x0c, 0xc3, 0x18, 0xc4, 0xdc, 0x0c, 0x0c, 0x07, 0x39, 0x8f]);
    expect(uuidV7(0x017f22e279b0, random)).toBe('017f22e2-79b0-7cc3-98c4-dc0c0c07398f');
  });

  it('says version 7 and the variant of the RFC, whatever the moment and the dice', () => {
    fc.assert(
      fc.property(moments, randomness, (unixMs, random) => {
        expect(uuidV7(unixMs, random)).toMatch(
          /^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/,
        );
      }),
    );
  });

  it('begins with its moment in Unix milliseconds', () => {
    fc.assert(
      fc.property(moments, randomness, (unixMs, random) => {
        expect(Number.parseInt(digitsOf(uuidV7(unixMs, random)).slice(0, 12), 16)).toBe(unixMs);
      }),
    );
  });

  it('keeps 74 random bits, so that two of one millisecond differ', () => {
    fc.assert(
      fc.property(moments, randomness, (unixMs, random) => {
        const last = BigInt(`0x${digitsOf(uuidV7(unixMs, random)).slice(12)}`);
        const given = BigInt(`0x${Buffer.from(random).toString('hex')}`);
        const fixed = (0xfn << 76n) | (0x3n << 62n);
        expect(last & ~fixed).toBe(given & ~fixed);
      }),
    );
  });

  it('sorts by birth, whatever the dice', () => {
    fc.assert(
      fc.property(moments, moments, randomness, randomness, (one, other, left, right) => {
        fc.pre(one !== other);
        expect(uuidV7(one, left) < uuidV7(other, right)).toBe(one < other);
      }),
    );
  });
});

describe('an id', () => {
  it('of a job is recognised as one, and never comes twice', () => {
    const ids = Array.from({ length: 1_000 }, mintJobId);
    expect(ids.filter((id) => !isJobId(id))).toEqual([]);
    expect(new Set(ids).size).toBe(1_000);
  });

  it('of a job says when it was minted', () => {
    const before = Date.now();
    const born = bornMs(mintJobId());
    expect(born).toBeGreaterThanOrEqual(before);
    expect(born).toBeLessThanOrEqual(Date.now());
    expect(bornMs('job_017f22e2-79b0-7cc3-98c4-dc0c0c07398f')).toBe(0x017f22e279b0);
    expect(bornMs(mintRequestId())).toBeNull();
  });

  it('of a request or a worker says what it names, and is no job’s', () => {
    expect(mintRequestId()).toMatch(/^req_[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/);
    expect(mintWorkerId()).toMatch(/^worker-[0-9a-f]{10}$/);
    expect(isJobId(mintRequestId())).toBe(false);
    expect(isJobId(mintWorkerId())).toBe(false);
  });

  const valid = 'job_017f22e2-79b0-7cc3-98c4-dc0c0c07398f';
  it.each([
    '',
    'job_',
    valid.slice(4),
    valid.slice(0, -1),
    `${valid}0`,
    `${valid}\n`,
    ` ${valid}`,
    valid.toUpperCase(),
    valid.replaceAll('-', ''),
    valid.replace('f', 'g'),
    'job_*',
    'job_../../etc/passwd',
  ])('that nobody minted is refused: %j', (text) => {
    expect(isJobId(valid)).toBe(true);
    expect(isJobId(text)).toBe(false);
  });

  it('of a job is nothing that a caller makes up by chance', () => {
    fc.assert(fc.property(fc.string(), (text) => !isJobId(text) && !isJobId(`job_${text}`)));
  });
});
