import { existsSync, readFileSync } from 'node:fs';
import { describe, expect, it } from '@jest/globals';

const NAMED = /`([^`\n]+\.(?:spec|int-spec|e2e-spec)\.ts)`: "([^"\n]+)"/g;
const text = readFileSync('docs/architecture.md', 'utf8');
const named = [...text.matchAll(NAMED)].map(([, file = '', title = '']) => ({ file, title }));

describe('docs/architecture.md', () => {
  it.each(named)('names a test that exists: $file "$title"', ({ file, title }) => {
    expect(existsSync(file)).toBe(true);
    expect(readFileSync(file, 'utf8')).toContain(title);
  });

  it('names a test for every invariant', () => {
    const invariants =
      text
        .split('## What always holds')[1]
        ?.split(/^\d+\. /m)
        .slice(1) ?? [];
    expect(invariants.length).toBeGreaterThan(20);
    expect(invariants.filter((invariant) => [...invariant.matchAll(NAMED)].length === 0)).toEqual([]);
  });
});
