import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { adminPathOf } from './next-path.policy.js';

describe('the page after signing in', () => {
  it.each([
    '/admin/board',
    '/admin/board/',
    '/admin/board/queue/generate-default?status=active&page=2',
    '/admin/audit?limit=10',
    '/admin//evil.example.com',
    '/dashboard',
    '/dashboard?theme=dark',
  ])('is the one that was asked for: %s', (path) => {
    expect(adminPathOf(path)).toBe(path);
  });

  it.each([
    undefined,
    ['/admin/audit'],
    '',
    '/',
    '/admin',
    'admin/audit',
    '/jobs',
    '//evil.example.com',
    '//evil.example.com/admin/audit',
    'https://evil.example.com/admin/audit',
    'javascript:alert(1)',
    '/\\evil.example.com',
    '/admin/\\evil.example.com',
    '/admin/..//evil.example.com',
    '/admin/%2e%2e//evil.example.com',
    '/admin/.%2E/jobs',
    '/admin/\t/evil.example.com',
    '/admin/a\r\nset-cookie: a=b',
    ' /admin/audit',
    '/administer',
    '/dashboards',
    '/dashboard/events',
    '/dashboard/../jobs',
    '/dashboard//evil.example.com',
    '/admin/login',
    '/admin/login?next=/admin/login',
    '/admin/./session',
    `/admin/${'a'.repeat(3_000)}`,
  ])('is the board, where that is no admin page: %j', (path) => {
    expect(adminPathOf(path)).toBe('/admin/board');
  });

  it('is always an admin page of this origin', () => {
    const parts = fc.constantFrom(
      '/',
      '\\',
      '.',
      '..',
      '%2e',
      '%2f',
      '@',
      ':',
      '?',
      '#',
      'admin',
      'dashboard',
      'evil.example',
      '\t',
    );
    const crafted = fc
      .tuple(fc.constantFrom('/admin/', '/dashboard'), fc.array(parts))
      .map(([root, found]) => `${root}${found.join('')}`);
    fc.assert(
      fc.property(fc.oneof(fc.string(), fc.webUrl(), crafted), (wanted) => {
        const url = new URL(adminPathOf(wanted), 'https://sluice.example.com');
        expect(url.origin).toBe('https://sluice.example.com');
        expect(url.pathname).toMatch(/^\/(?:admin\/|dashboard$)/);
      }),
    );
  });
});
