import { z } from 'zod';
import { estimateTokens } from '#common/contracts/estimate-tokens.js';
import type { GenerationTask, Usage } from '#common/contracts/generation.js';
import type { Wire } from './wire.js';

const tokenCount = z.number().int().nonnegative();
/** Of embeddings nothing is written, so that `completion_tokens` is not told. */
const counted = z.object({ prompt_tokens: tokenCount, completion_tokens: tokenCount.default(0) });

/** What a backend counted, in OpenAI's wire format; null where it did not, or said no numbers of tokens. */
export function countedUsage(usage: unknown): Usage | null {
  const parsed = counted.safeParse(usage);
  if (!parsed.success) return null;
  return { input_tokens: parsed.data.prompt_tokens, output_tokens: parsed.data.completion_tokens };
}

export const estimatedUsage = ({ input_tokens }: GenerationTask, written: string): Usage => ({
  input_tokens,
  output_tokens: estimateTokens(written),
  estimated: true,
});

/** An estimate in OpenAI's wire format, with a mark that it is one. */
export const wireUsage = ({ input_tokens, output_tokens }: Usage): Wire => ({
  prompt_tokens: input_tokens,
  completion_tokens: output_tokens,
  total_tokens: input_tokens + output_tokens,
  estimated: true,
});
