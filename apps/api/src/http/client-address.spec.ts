import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import type { FastifyRequest } from 'fastify';
import { canonicalAddress, clientAddress } from './client-address.js';

const seen = (ip: string | undefined, peer: string | undefined): string =>
  clientAddress({ ip, socket: { remoteAddress: peer } as FastifyRequest['socket'] });

describe('canonicalAddress', () => {
  it('knows an IPv4 caller by one name, however the socket writes it', () => {
    fc.assert(
      fc.property(fc.ipV4(), (address) => {
        expect(canonicalAddress(address)).toBe(address);
        expect(canonicalAddress(`::ffff:${address}`)).toBe(address);
      }),
    );
    expect(canonicalAddress('::ffff:cb00:7107')).toBe('203.0.113.7');
  });

  it('counts an IPv6 caller by its /64, so that nobody has 2^64 limits', () => {
    const group = fc.integer({ min: 0, max: 0xffff }).map((number) => number.toString(16));
    const four = fc.tuple(group, group, group, group).map((groups) => groups.join(':'));
    fc.assert(
      fc.property(four, four, four, (network, host, other) => {
        const prefix = `2001:${network.split(':').slice(1).join(':')}`;
        expect(canonicalAddress(`${prefix}:${host}`)).toBe(canonicalAddress(`${prefix}:${other}`));
      }),
    );
    expect(canonicalAddress('2001:db8:1:2:3:4:5:6')).toBe('2001:db8:1:2::');
    expect(canonicalAddress('2001:DB8:1:2::1')).toBe('2001:db8:1:2::');
    expect(canonicalAddress('2001:db8:1:3::1')).toBe('2001:db8:1:3::');
    expect(canonicalAddress('fe80::1%eth0')).toBe('fe80::');
    expect(canonicalAddress('::1')).toBe('::1');
  });

  it.each([
    '',
    'unknown',
    '1.2.3',
    '0x7f.1',
    '127.1',
    '203.0.113.7:80',
    '[::1]',
    'a.example.com',
    '1.2.3.256',
  ])('knows what is no address: %j', (text) => {
    expect(canonicalAddress(text)).toBeNull();
  });

  it('stays what it is', () => {
    fc.assert(
      fc.property(fc.oneof(fc.ipV4(), fc.ipV6()), (address) => {
        const once = canonicalAddress(address);
        expect(canonicalAddress(once ?? '')).toBe(once);
      }),
    );
  });
});

describe('clientAddress', () => {
  it('takes the connection’s own peer where a trusted proxy forwards no address', () => {
    expect(seen('203.0.113.7', '10.0.0.1')).toBe('203.0.113.7');
    expect(seen('canary', '::ffff:10.0.0.1')).toBe('10.0.0.1');
  });

  it('is not known of a caller that has hung up already', () => {
    expect(seen(undefined, undefined)).toBe('unknown');
  });
});
