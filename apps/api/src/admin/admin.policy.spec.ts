import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { type AdminAttempt, isAdmin } from './admin.policy.js';

const local: AdminAttempt = {
  authorization: undefined,
  peer: '127.0.0.1',
  hostname: 'localhost',
  isForwarded: false,
};
const isToken = (text: string): boolean => text === 's3cret';
const basic = (userAndPassword: string): string => `Basic ${Buffer.from(userAndPassword).toString('base64')}`;
const opens = (attempt: Partial<AdminAttempt>): boolean => isAdmin({ ...local, ...attempt }, null);
const opensWith = (authorization: string | undefined, is = isToken): boolean =>
  isAdmin({ authorization, peer: '203.0.113.7', hostname: 'sluice.example.com', isForwarded: true }, is);

describe('isAdmin without a token', () => {
  it.each(['127.0.0.1', '127.8.9.10', '::1', '::ffff:127.0.0.1'])(
    'lets this machine itself in: %s',
    (peer) => {
      expect(opens({ peer })).toBe(true);
    },
  );

  it.each(['localhost', '127.0.0.1', '[::1]'])('lets this machine in under its own name: %s', (hostname) => {
    expect(opens({ hostname })).toBe(true);
  });

  it.each([
    undefined,
    '',
    '203.0.113.7',
    '10.0.0.1',
    '::ffff:10.0.0.1',
    '::2',
    '128.0.0.1',
    '1127.0.0.1',
    '127.0.0.1.example.com',
    'localhost',
  ])('lets no other machine in: %s', (peer) => {
    expect(opens({ peer })).toBe(false);
  });

  it('lets nobody in through a proxy on this machine', () => {
    expect(opens({ isForwarded: true })).toBe(false);
  });

  it.each(['evil.example.com', 'localhost.example.com', '127.0.0.1.nip.io', 'xlocalhost', '', '0.0.0.0'])(
    'lets no page in under a foreign name that DNS points here: %j',
    (hostname) => {
      expect(opens({ hostname })).toBe(false);
    },
  );

  it('opens to nobody’s guess of a token', () => {
    fc.assert(
      fc.property(fc.string(), (text) => {
        expect(opens({ peer: '203.0.113.7', authorization: `Bearer ${text}` })).toBe(false);
      }),
    );
  });
});

describe('isAdmin with a token', () => {
  it.each(['Bearer s3cret', 'bearer s3cret', 'BEARER   s3cret', basic('admin:s3cret'), basic(':s3cret')])(
    'lets in from anywhere whoever sends it: %s',
    (authorization) => {
      expect(opensWith(authorization)).toBe(true);
    },
  );

  it('takes all after the first colon of HTTP Basic as the password, whatever it holds', () => {
    const users = fc.string().filter((user) => !user.includes(':'));
    fc.assert(
      fc.property(users, fc.string(), (user, password) => {
        const tried: string[] = [];
        opensWith(basic(`${user}:${password}`), (text) => tried.push(text) === 0);
        expect(tried).toEqual([password]);
      }),
    );
    expect(opensWith(basic('admin:a:b::c'), (text) => text === 'a:b::c')).toBe(true);
  });

  it.each([
    undefined,
    '',
    's3cret',
    'Bearer',
    'Bearer ',
    'Bearer wrong',
    'Bearer S3CRET',
    'Digest s3cret',
    basic('s3cret:'),
    basic('s3cret:admin'),
    basic('admin:wrong'),
    'Basic ***',
  ])('lets in nobody who sends another, or none: %s', (authorization) => {
    expect(opensWith(authorization)).toBe(false);
  });

  it('asks this machine itself for the token, too', () => {
    expect(isAdmin(local, isToken)).toBe(false);
    expect(isAdmin({ ...local, authorization: 'Bearer s3cret' }, isToken)).toBe(true);
  });
});
