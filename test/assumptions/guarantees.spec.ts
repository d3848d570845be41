import { existsSync, readFileSync } from 'node:fs';
import { describe, expect, it } from '@jest/globals';

const NAMED = /`([^`\n]+\.(?:spec|int-spec|e2e-spec)\.ts)`: "([^"\n]+)"/g;
const COMMAND = /`npm run ([a-z:]+)[^`\n]*`/g;
const text = readFileSync('docs/guarantees.md', 'utf8');
const named = [...text.matchAll(NAMED)].map(([, file = '', title = '']) => ({ file, title }));
const commands = [...new Set([...text.matchAll(COMMAND)].map(([, name = '']) => name))];
const { scripts } = JSON.parse(readFileSync('package.json', 'utf8')) as { scripts: Record<string, string> };

describe('docs/guarantees.md', () => {
  it.each(named)('names a test that exists: $file "$title"', ({ file, title }) => {
    expect(existsSync(file)).toBe(true);
    expect(readFileSync(file, 'utf8')).toContain(title);
  });

  it.each(commands)('names a command that exists: npm run %s', (command) => {
    expect(Object.keys(scripts)).toContain(command);
  });

  it('names a test or a command behind every promise', () => {
    const promised = text.split('## What is promised')[1]?.split('## What is not promised')[0] ?? '';
    const promises = promised.split(/^\d+\. /m).slice(1);
    expect(promises.length).toBeGreaterThan(20);
    const isBacked = (promise: string) =>
      [...promise.matchAll(NAMED)].length > 0 || [...promise.matchAll(COMMAND)].length > 0;
    expect(promises.filter((promise) => !isBacked(promise))).toEqual([]);
  });
});
