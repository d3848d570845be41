import { readFileSync } from 'node:fs';
import { describe, expect, it } from '@jest/globals';
import { METRICS } from './metrics-catalogue.js';

const page = readFileSync(new URL('../../../../docs/metrics.md', import.meta.url), 'utf8');

/** Rows of the tables whose first cell is a name of ours: name, type, labels, emitter. */
const rows = new Map(
  page
    .split('\n')
    .filter((line) => /^\| `(?:llm|sluice)_/.test(line))
    .map((line) => line.split('|').map((cell) => cell.trim().replaceAll('`', '')))
    .map(([, name = '', type = '', labels = '', emitter = '']): [string, Row] => [
      name,
      { type, labels, emitter },
    ]),
);

interface Row {
  readonly type: string;
  readonly labels: string;
  readonly emitter: string;
}

describe('docs/metrics.md', () => {
  it('names every metric there is, and none that is not', () => {
    expect([...rows.keys()].sort()).toEqual(Object.keys(METRICS).sort());
  });

  it.each(Object.entries(METRICS))('says of %s what the code says', (name, { kind, labels, emittedBy }) => {
    expect(rows.get(name)).toEqual({ type: kind, labels: labels.join(', '), emitter: emittedBy });
  });

  it('asks for no metric outside its tables', () => {
    const named = page.match(/\b(?:llm|sluice)_[a-z_]+/g) ?? [];
    expect(named.filter((name) => !rows.has(name.replace(/_(?:bucket|sum|count)$/, '')))).toEqual([]);
  });
});
