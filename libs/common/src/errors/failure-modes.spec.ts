import { readFileSync } from 'node:fs';
import { describe, expect, it } from '@jest/globals';
import { CATALOGUE, ERROR_CODES, type ErrorEntry } from './catalogue.js';

const page = readFileSync(new URL('../../../../docs/failure-modes.md', import.meta.url), 'utf8');

/** The text under each `## heading` of the chapter `# Codes`. */
const sections = new Map(
  (page.split(/^# /m).find((chapter) => chapter.startsWith('Codes\n')) ?? '')
    .split(/^## /m)
    .slice(1)
    .map((section): [string, string] => {
      const end = section.indexOf('\n');
      return [section.slice(0, end), section.slice(end)];
    }),
);

describe('docs/failure-modes.md', () => {
  it('has a heading for every code a caller can see', () => {
    expect(ERROR_CODES.filter((code) => !sections.has(code))).toEqual([]);
  });

  it('has no heading among the codes that is none', () => {
    expect([...sections.keys()].filter((heading) => !Object.hasOwn(CATALOGUE, heading))).toEqual([]);
  });

  it.each(ERROR_CODES)('says of %s its status and type, when it happens and who does what', (code) => {
    const section = sections.get(code) ?? '';
    const { status, type }: ErrorEntry = CATALOGUE[code];
    expect(section).toContain(`**Status:** ${status}, \`${type}\``);
    for (const part of ['**When:**', '**Caller:**', '**Operator:**']) expect(section).toContain(part);
  });
});
