import { z } from 'zod';
import { Refusal } from '#common/errors/refusal.js';
import { parseJsonBody } from '../http/json-body.js';

export const LINE_BYTES_MAX = 1024 * 1024;

/** One line of a batch's input in OpenAI's format, as far as all routes have it in common. */
const batchLine = z.object({
  custom_id: z.string().min(1).max(512),
  method: z.literal('POST'),
  url: z.string(),
  body: z.record(z.string(), z.unknown()),
});

/** A request of a batch. `body` is not validated for its route yet. */
export interface BatchRequest {
  readonly customId: string;
  readonly body: Readonly<Record<string, unknown>>;
}

/** Why a batch is refused as a whole, in OpenAI's words. `line` is null where it is about the file. */
export interface BatchProblem {
  readonly code: string;
  readonly line: number | null;
  readonly message: string;
  readonly param: string | null;
}

export type ReadLine =
  | { readonly kind: 'request'; readonly request: BatchRequest }
  | { readonly kind: 'problem'; readonly problem: Omit<BatchProblem, 'line'> };

/** Reads one line of the input. `bytes` is null for a line that is longer than 1 MiB. */
export function parseBatchLine(bytes: Buffer | null, endpoint: string): ReadLine {
  if (bytes === null) return problem('invalid_json_line', 'The line is longer than 1 MiB.');
  let json: unknown;
  try {
    json = parseJsonBody(bytes);
  } catch (error) {
    if (!(error instanceof Refusal)) throw error;
    return problem('invalid_json_line', error.message);
  }
  const parsed = batchLine.safeParse(json);
  if (!parsed.success) {
    const param = parsed.error.issues[0]?.path.join('.') ?? '';
    if (param === '') return problem('invalid_json_line', 'The line is no JSON object.');
    return problem(CODES[param] ?? 'invalid_request', SENTENCES[param] ?? `${param} is not valid.`, param);
  }
  const { custom_id: customId, url, body } = parsed.data;
  if (url !== endpoint)
    return problem('invalid_url', `url must be the batch's endpoint, ${endpoint}.`, 'url');
  return { kind: 'request', request: { customId, body } };
}

const CODES: Readonly<Record<string, string>> = { method: 'invalid_method', url: 'invalid_url' };

const SENTENCES: Readonly<Record<string, string>> = {
  custom_id: 'custom_id must be a text of 1 to 512 characters.',
  method: 'method must be POST.',
  url: 'url is missing.',
  body: 'body must be a JSON object.',
};

function problem(code: string, message: string, param: string | null = null): ReadLine {
  return { kind: 'problem', problem: { code, message, param } };
}
