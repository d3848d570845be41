import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import {
  type AdminAttempt,
  type AdminProofs,
  isOwnPage,
  judgeAdmin,
  type PageOrigin,
} from './admin.policy.js';

const own = 'http://localhost:8000';
const noPage: PageOrigin = { fetchSite: undefined, origin: undefined, own };
const local: AdminAttempt = {
  authorization: undefined,
  sessions: [],
  peer: '127.0.0.1',
  hostname: 'localhost',
  isForwarded: false,
  isTempting: false,
  page: noPage,
};
const remote: AdminAttempt = {
  ...local,
  peer: '203.0.113.7',
  hostname: 'sluice.example.com',
  isForwarded: true,
};
const proofs: AdminProofs = {
  isToken: (text) => text === 's3cret',
  isSession: (value) => value === 'a-session',
};
const basic = (userAndPassword: string): string => `Basic ${Buffer.from(userAndPassword).toString('base64')}`;
const required = { kind: 'refused', because: 'admin_required' };
const foreign = { kind: 'refused', because: 'origin_refused' };
const withoutToken = (attempt: Partial<AdminAttempt>) => judgeAdmin({ ...local, ...attempt }, null);
const withToken = (attempt: Partial<AdminAttempt>) => judgeAdmin({ ...remote, ...attempt }, proofs);

describe('without a token an administrator', () => {
  const admitted = { kind: 'admitted', actor: 'loopback' };

  it.each(['127.0.0.1', '127.8.9.10', '::1', '::ffff:127.0.0.1'])('is this machine itself: %s', (peer) => {
    expect(withoutToken({ peer })).toEqual(admitted);
  });

  it.each(['localhost', '127.0.0.1', '[::1]'])('is this machine under its own name: %s', (hostname) => {
    expect(withoutToken({ hostname })).toEqual(admitted);
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
  ])('is no other machine: %s', (peer) => {
    expect(withoutToken({ peer })).toMatchObject(required);
  });

  it('is nobody who comes through a proxy on this machine', () => {
    expect(withoutToken({ isForwarded: true })).toMatchObject(required);
  });

  it.each(['evil.example.com', 'localhost.example.com', '127.0.0.1.nip.io', 'xlocalhost', '', '0.0.0.0'])(
    'is no page under a foreign name that DNS points here: %j',
    (hostname) => {
      expect(withoutToken({ hostname })).toMatchObject(required);
    },
  );

  it('is nobody who guesses a token or a session, and nothing is counted as a guess', () => {
    fc.assert(
      fc.property(fc.string(), (text) => {
        const attempt = { peer: '203.0.113.7', authorization: `Bearer ${text}`, sessions: [text] };
        expect(withoutToken(attempt)).toEqual({ ...required, isGuess: false });
      }),
    );
  });
});

describe('with a token an administrator', () => {
  it.each(['Bearer s3cret', 'bearer s3cret', 'BEARER   s3cret'])(
    'is whoever sends it, from anywhere and for anything: %s',
    (authorization) => {
      const page = { fetchSite: 'cross-site', origin: 'https://evil.example.com', own };
      expect(withToken({ authorization, isTempting: true, page })).toEqual({
        kind: 'admitted',
        actor: 'token',
      });
    },
  );

  it('is whoever has a session among its cookies', () => {
    expect(withToken({ sessions: ['old', 'a-session'] })).toEqual({ kind: 'admitted', actor: 'session' });
    expect(withToken({ sessions: ['old'] })).toEqual({ ...required, isGuess: false });
  });

  it.each(['Bearer wrong', 'Bearer S3CRET', 'Bearer s3cret2'])(
    'is nobody who sends another, which counts as a guess, even with a session: %s',
    (authorization) => {
      expect(withToken({ authorization })).toEqual({ ...required, isGuess: true });
      expect(withToken({ authorization, sessions: ['a-session'] })).toEqual({ ...required, isGuess: true });
    },
  );

  it.each([
    undefined,
    '',
    's3cret',
    'Bearer',
    'Bearer ',
    'Digest s3cret',
    'xBearer s3cret',
    basic('admin:s3cret'),
    basic(':s3cret'),
    basic('s3cret:'),
    'Basic s3cret',
  ])('is nobody who sends none as a bearer: %s', (authorization) => {
    expect(withToken({ authorization })).toEqual({ ...required, isGuess: false });
  });

  it('is not this machine itself', () => {
    expect(judgeAdmin(local, proofs)).toMatchObject(required);
  });
});

describe('a foreign page in an administrator’s browser', () => {
  const page = { fetchSite: undefined, origin: 'https://evil.example.com', own };

  it('gains nothing by the browser’s session or address', () => {
    expect(withToken({ sessions: ['a-session'], isTempting: true, page })).toEqual(foreign);
    expect(withoutToken({ isTempting: true, page })).toEqual(foreign);
  });

  it('may make it ask for what only the browser’s own pages can read', () => {
    expect(withToken({ sessions: ['a-session'], page })).toMatchObject({ kind: 'admitted' });
    expect(withoutToken({ page })).toMatchObject({ kind: 'admitted' });
  });

  it('does not learn whether there is a session', () => {
    expect(withToken({ isTempting: true, page })).toEqual({ ...required, isGuess: false });
  });
});

describe('a page of our own', () => {
  it.each([
    [{ fetchSite: 'same-origin' }, true],
    [{ fetchSite: 'none' }, true],
    [{ fetchSite: 'same-site' }, false],
    [{ fetchSite: 'cross-site' }, false],
    [{ fetchSite: '' }, false],
    [{ fetchSite: 'same-origin', origin: own }, true],
    [{ fetchSite: 'cross-site', origin: own }, false],
    [{ fetchSite: 'same-origin', origin: 'http://evil.example.com' }, false],
    [{ origin: own }, true],
    [{ origin: 'HTTP://LOCALHOST:8000' }, true],
    [{ origin: 'https://localhost:8000' }, false],
    [{ origin: 'http://localhost:8001' }, false],
    [{ origin: 'http://localhost' }, false],
    [{ origin: 'http://localhost.evil.example.com:8000' }, false],
    [{ origin: 'null' }, false],
    [{ origin: '' }, false],
    [{ origin: 'null', own: 'http://' }, false],
    [{ origin: 'x://y', own: 'x://y' }, false],
    [{ origin: 'https://sluice.example.com', own: 'https://sluice.example.com:443' }, true],
    [{ origin: 'http://[::1]:8000', own: 'http://[::1]:8000' }, true],
    [{}, true],
  ])('is told by what the browser says of it: %j %s', (said, expected) => {
    expect(isOwnPage({ ...noPage, ...said })).toBe(expected);
  });

  it('is never one of another origin', () => {
    fc.assert(
      fc.property(fc.webUrl(), (url) => {
        expect(isOwnPage({ ...noPage, origin: new URL(url).origin })).toBe(false);
      }),
    );
  });
});
