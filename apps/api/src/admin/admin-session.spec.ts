import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { AdminSession, sessionCookies, sessionsIn } from './admin-session.js';

const NOW = 1_767_225_600_000;
const HOURS_12 = 12 * 3_600_000;
const session = new AdminSession('a-token-of-some-length');
const issued = session.issue(NOW);
const [expiry = '', signature = ''] = issued.split('.');

describe('a session', () => {
  it('is valid for 12 h, in every process that has the same token', () => {
    const elsewhere = new AdminSession('a-token-of-some-length');
    expect(Number(expiry)).toBe(NOW + HOURS_12);
    expect(elsewhere.isValid(issued, NOW)).toBe(true);
    expect(elsewhere.isValid(issued, NOW + HOURS_12 - 1)).toBe(true);
    expect(elsewhere.isValid(issued, NOW + HOURS_12)).toBe(false);
  });

  it('ends with the token it came from', () => {
    expect(new AdminSession('another-token-as-long').isValid(issued, NOW)).toBe(false);
  });

  it('cannot be prolonged', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 10 ** 12 }), (ms) => {
        expect(session.isValid(`${Number(expiry) + ms}.${signature}`, NOW)).toBe(false);
      }),
    );
    expect(session.isValid(`0${expiry}.${signature}`, NOW)).toBe(false);
  });

  it('cannot be made up', () => {
    fc.assert(
      fc.property(fc.uint8Array({ minLength: 32, maxLength: 32 }), (bytes) => {
        const forged = Buffer.from(bytes).toString('base64url');
        expect(session.isValid(`${expiry}.${forged}`, NOW)).toBe(false);
      }),
    );
  });

  it('is nothing else', () => {
    for (const value of [
      '',
      '.',
      expiry,
      `${expiry}.`,
      `${issued}.`,
      ` ${issued}`,
      `-${issued}`,
      `1e99.${signature}`,
    ])
      expect(session.isValid(value, NOW)).toBe(false);
    fc.assert(
      fc.property(fc.string(), (value) => {
        expect(session.isValid(value, NOW)).toBe(false);
      }),
    );
  });
});

describe('the cookie', () => {
  it('goes to admin pages and the dashboard alone, away from scripts and other sites, and on TLS where there is TLS', () => {
    const rest = 'Max-Age=43200; HttpOnly; SameSite=Strict';
    const cookies = ['/admin', '/dashboard'].map((path) => `sluice_admin=${issued}; Path=${path}; ${rest}`);
    expect(sessionCookies(issued, false)).toEqual(cookies);
    expect(sessionCookies(issued, true)).toEqual(cookies.map((cookie) => `${cookie}; Secure`));
    expect(sessionCookies(null, false)).toEqual([
      'sluice_admin=; Path=/admin; Max-Age=0; HttpOnly; SameSite=Strict',
      'sluice_admin=; Path=/dashboard; Max-Age=0; HttpOnly; SameSite=Strict',
    ]);
  });

  it('is found among others, as often as it was sent', () => {
    expect(sessionsIn(undefined)).toEqual([]);
    expect(sessionsIn('a=b; xsluice_admin=1; sluice_admin; sluice_adminx=2')).toEqual([]);
    expect(sessionsIn(`a=b;sluice_admin=${issued}; sluice_admin=2 ; c=d`)).toEqual([issued, '2']);
  });
});
