import { digest } from '#common/contracts/digest.js';
import type { BatchProblem } from './batch-line.parser.js';
import { readRequests } from './read-requests.js';

export const LINES_MAX = 50_000;
/** As many problems are told of one file. */
const PROBLEMS_MAX = 100;
const DIGITS = 24;

export type Validated =
  | { readonly kind: 'valid'; readonly lines: number }
  | { readonly kind: 'invalid'; readonly problems: readonly BatchProblem[] };

/** Reads the whole input once, before anything of it runs. Of the lines it keeps a digest of each `custom_id` only. */
export async function validateInput(chunks: AsyncIterable<unknown>, endpoint: string): Promise<Validated> {
  const known = new Set<string>();
  const problems: BatchProblem[] = [];
  let lines = 0;
  for await (const line of readRequests(chunks, endpoint)) {
    lines++;
    if (lines > LINES_MAX) {
      problems.push(ofFile('too_many_tasks', `The file has more than ${LINES_MAX} requests. Split it.`));
      break;
    }
    const problem = line.kind === 'problem' ? line.problem : repetition(known, line.request.customId);
    if (problem !== null) problems.push({ ...problem, line: line.number });
    if (problems.length === PROBLEMS_MAX) break;
  }
  if (lines === 0) problems.push(ofFile('empty_file', 'The file has no requests.'));
  return problems.length === 0 ? { kind: 'valid', lines } : { kind: 'invalid', problems };
}

export const ofFile = (code: string, message: string): BatchProblem => ({
  code,
  message,
  line: null,
  param: null,
});

function repetition(known: Set<string>, customId: string): Omit<BatchProblem, 'line'> | null {
  const { size } = known;
  if (known.add(digest(customId, DIGITS)).size > size) return null;
  return {
    code: 'duplicate_custom_id',
    message: 'An earlier line has this custom_id. Each must be unique in its batch.',
    param: 'custom_id',
  };
}
