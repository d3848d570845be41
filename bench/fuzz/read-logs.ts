import { CANARIES } from './headers.js';
import type { Tally } from './tally.js';

const LINES_KEPT_MAX = 6;
const LINE_MAX = 3_000;

/** Defects that were logged, secrets that were, and what was logged about the requests of each finding. */
export function readLogs(lines: readonly string[], tally: Tally): void {
  for (const line of lines) {
    const [where = ''] = line.split(':', 1);
    const secret = Object.values(CANARIES).find((canary) => line.includes(canary));
    if (secret !== undefined) complain(tally, where, 'a log repeats a secret', line);
    if (isError(line)) complain(tally, where, `logged an error: ${messageOf(line)}`, line);
    if (!line.slice(where.length + 2).startsWith('{')) complain(tally, where, 'logged what is no JSON', line);
  }
  for (const finding of tally.findings.values()) {
    const ids = finding.examples.flatMap(({ requestId }) => (requestId === null ? [] : [requestId]));
    const about = lines.filter((line) => ids.some((id) => line.includes(id)));
    if (about.length > 0)
      finding.logLines = about.slice(0, LINES_KEPT_MAX).map((line) => line.slice(0, LINE_MAX));
  }
}

const isError = (line: string): boolean => /"level":(?:50|60|"error"|"fatal")/.test(line);
const messageOf = (line: string): string => /"msg":"([^"]*)"/.exec(line)?.[1] ?? '';

function complain(tally: Tally, where: string, name: string, line: string): void {
  const isNew = !tally.isKnown(where, { name, seen: '' });
  tally.find(where, { name, seen: line }, null, null);
  const finding = tally.findings.get(`${where} ${name}`);
  if (isNew && finding !== undefined && finding.logLines.length < LINES_KEPT_MAX)
    finding.logLines = [...finding.logLines, line.slice(0, LINE_MAX)];
}
