import { digest } from '#common/contracts/digest.js';
import type { WakeUp } from '#common/contracts/wake-up.js';
import type { GenerationTask } from '#common/contracts/generation.js';
import { errorAnswer } from '../http/error-answer.js';
import { wireAnswerOf } from '../openai/wire-answer.js';
import type { PartKind } from './part-writer.js';

/** One line of a result file in OpenAI's format (API reference, "The request output object"). */
export interface ResultLine {
  readonly kind: PartKind;
  readonly index: number;
  readonly text: string;
}

/** Which request of which batch a result is of. */
export interface LineRef {
  readonly batchId: string;
  readonly endpoint: string;
  readonly index: number;
  readonly customId: string;
}

/** Why a line was never answered, in OpenAI's words. */
export const UNFINISHED = {
  batch_expired: 'The completion window of the batch ended before this request was answered.',
  batch_cancelled: 'The batch was cancelled before this request was answered.',
} as const;
export type UnfinishedCode = keyof typeof UNFINISHED;

export interface Ended {
  readonly settled: WakeUp;
  readonly task: GenerationTask;
  readonly requestId: string;
}

/** What the end of its job makes of a line. */
export function resultOf(line: LineRef, { settled, task, requestId }: Ended): ResultLine {
  try {
    const body = wireAnswerOf(settled, task);
    return resultLine(line, 'output', { response: { status_code: 200, request_id: requestId, body } });
  } catch (error) {
    return failureOf(line, error, requestId);
  }
}

/** A line that was refused, or whose job failed: what its route would have answered. */
export function failureOf(line: LineRef, thrown: unknown, requestId: string): ResultLine {
  const { status, body } = errorAnswer(thrown, { id: requestId, url: line.endpoint });
  return resultLine(line, 'errors', { response: { status_code: status, request_id: requestId, body } });
}

export function unfinishedOf(line: LineRef, code: UnfinishedCode): ResultLine {
  return resultLine(line, 'errors', { response: null, error: { code, message: UNFINISHED[code] } });
}

function resultLine(
  { batchId, index, customId }: LineRef,
  kind: PartKind,
  result: { readonly response: unknown; readonly error?: unknown },
): ResultLine {
  const id = `batch_req_${digest(`${batchId} ${index}`)}`;
  return { kind, index, text: JSON.stringify({ id, custom_id: customId, error: null, ...result }) };
}
