import { types } from 'node:util';
import { APIConnectionTimeoutError, APIError } from 'openai';
import { z } from 'zod';
import type { GenerationTask } from '#common/contracts/generation.js';
import type { CallOutcome } from '../backend.js';
import { estimateTokens } from '#common/contracts/estimate-tokens.js';
import { OversizedResponse } from './bounded-fetch.js';
import { retryAfterMs } from './retry-after.js';

const tokenCount = z.number().int().nonnegative();
const choice = z.object({
  message: z.object({ content: z.string() }),
  finish_reason: z.string().catch('stop'),
});

/** What we need of a chat completion, in OpenAI's wire format; anything else a backend adds is ignored. */
const completion = z.object({
  choices: z.tuple([choice]).rest(z.unknown()),
  usage: z.object({ prompt_tokens: tokenCount, completion_tokens: tokenCount }).optional().catch(undefined),
});

/** What a 200 said. Tokens that it did not count are estimated. */
export function judgeResponse(body: unknown, task: GenerationTask): CallOutcome {
  const parsed = completion.safeParse(body);
  if (!parsed.success) return { kind: 'garbled', because: 'no-generation' };
  const { choices, usage } = parsed.data;
  const text = choices[0].message.content;
  return {
    kind: 'completed',
    answer: {
      text,
      finishReason: choices[0].finish_reason,
      usage: {
        input_tokens: usage?.prompt_tokens ?? task.input_tokens,
        output_tokens: usage?.completion_tokens ?? estimateTokens(text),
      },
    },
  };
}

export interface FailureCircumstances {
  /** The caller's signal has fired. */
  readonly isAborted: boolean;
  /** The call's own time is over. */
  readonly isTimedOut: boolean;
  /** Unix milliseconds. */
  readonly nowMs: number;
}

/** What a call that threw amounts to. Nothing of the error's text, which may quote the key or the prompt, is passed on. */
export function judgeFailure(error: unknown, circumstances: FailureCircumstances): CallOutcome {
  if (circumstances.isAborted) return { kind: 'aborted' };
  if (circumstances.isTimedOut || error instanceof APIConnectionTimeoutError) {
    return { kind: 'unavailable', because: 'timeout' };
  }
  const status: unknown = error instanceof APIError ? error.status : undefined;
  const headers: unknown = error instanceof APIError ? error.headers : undefined;
  if (typeof status === 'number') {
    return judgeStatus(
      status,
      headers instanceof Headers ? retryAfterMs(headers, circumstances.nowMs) : null,
    );
  }
  return isNoJson(error) || error instanceof OversizedResponse
    ? { kind: 'garbled', because: 'not-json' }
    : { kind: 'unavailable', because: 'connection' };
}

/** By name: under a test runner, fetch throws the SyntaxError of another realm. */
const isNoJson = (error: unknown): boolean => types.isNativeError(error) && error.name === 'SyntaxError';

/** These say "not now". */
const PASSING = new Set([408, 409, 425]);
/** These say that our key is wrong, which is not the caller's fault. */
const MISCONFIGURED = new Set([401, 403]);

function judgeStatus(status: number, waitMs: number | null): CallOutcome {
  if (status === 429) return { kind: 'throttled', retryAfterMs: waitMs };
  const isRefusal = status >= 400 && status < 500 && !PASSING.has(status) && !MISCONFIGURED.has(status);
  return isRefusal ? { kind: 'refused', status } : { kind: 'unavailable', because: 'server-error', status };
}
