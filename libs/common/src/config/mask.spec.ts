import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { maskUrl } from './mask.js';

describe('maskUrl', () => {
  it.each([
    ['redis://:canary@localhost:6379', 'redis://:***@localhost:6379'],
    ['rediss://default:canary@cache.example.com:6380/2', 'rediss://default:***@cache.example.com:6380/2'],
    [
      'postgresql://sluice:canary@db:5432/sluice?schema=main',
      'postgresql://sluice:***@db:5432/sluice?schema=main',
    ],
  ])('shows of a URL all but its password: %s', (url, shown) => {
    expect(maskUrl(url)).toBe(shown);
  });

  it.each(['redis://localhost:6379', 'postgresql://sluice@db:5432/sluice', 'redis://127.0.0.1:6379/0'])(
    'leaves a URL without a password as it is: %s',
    (url) => {
      expect(maskUrl(url)).toBe(url);
    },
  );

  it.each(['', 'canary', '//:canary@host', 'redis://:canary@', 'redis://a:canary@host:port'])(
    'hides text that is no URL whole: %j',
    (text) => {
      expect(maskUrl(text)).toBe('(not a URL)');
    },
  );

  it('never shows a password, whatever it is made of', () => {
    fc.assert(
      fc.property(fc.string(), fc.string(), (before, after) => {
        const password = encodeURIComponent(`${before}canary${after}`.replaceAll(/[\ud800-\udfff]/g, ''));
        expect(maskUrl(`redis://user:${password}@localhost:6379/0`)).toBe(
          'redis://user:***@localhost:6379/0',
        );
      }),
    );
  });
});
