import { z } from 'zod';

/** A JSON object as it came. */
export type Wire = Readonly<Record<string, unknown>>;

export const isWire = (value: unknown): value is Wire =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** Undefined: it is no JSON. */
export function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

const text = z.string().nullish().catch(null);
const called = z.object({ name: text, arguments: text }).partial().nullish().catch(null);
const toolCalls = z
  .array(z.object({ function: called }).partial())
  .nullish()
  .catch(null);

/** What we read of a message, or of the delta of one; anything else a backend adds is ignored. */
export const said = z.object({
  content: text,
  refusal: text,
  reasoning_content: text,
  tool_calls: toolCalls,
  function_call: called,
});
export type Said = z.infer<typeof said>;

/** All that the model wrote of it: what is counted where the backend counts nothing. */
export function writtenIn(message: Said): string {
  const calls = [message.function_call, ...(message.tool_calls ?? []).map((call) => call.function)];
  const written = calls.flatMap((call) => [call?.name, call?.arguments]);
  return [message.content, message.refusal, message.reasoning_content, ...written].join('');
}

const FINISH_REASON_MAX = 40;
export const finishReason = z.string().max(FINISH_REASON_MAX).nullish().catch(null);

/** Whether an error is said where an answer should be. Some say `"error": null` beside an answer. */
export const hasError = ({ error }: Wire): boolean =>
  error !== undefined && error !== null && error !== '' && error !== false;
