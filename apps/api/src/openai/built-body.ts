import type { Endpoint } from '#common/contracts/generation.js';
import type { Outcome } from '#common/contracts/outcome.js';
import type { WakeUp } from '#common/contracts/wake-up.js';

type WireBody = Readonly<Record<string, unknown>>;

/** Tokens as OpenAI names them; `estimated` where the backend did not count. */
export function wireUsageOf({ usage }: Outcome): WireBody | null {
  if (usage === undefined) return null;
  const { input_tokens, output_tokens, estimated } = usage;
  return {
    prompt_tokens: input_tokens,
    completion_tokens: output_tokens,
    total_tokens: input_tokens + output_tokens,
    ...(estimated === undefined ? {} : { estimated }),
  };
}

/**
 * An answer in OpenAI's wire format, made of what was kept of it: for workers of an earlier release, which kept only the
 * text. Null for embeddings, of which a text says nothing.
 */
export function builtBody(settled: WakeUp, endpoint: Endpoint, model: string): WireBody | null {
  const { text = '', finish_reason = 'stop', ...outcome } = settled.outcome ?? { attempts: 0 };
  const around = {
    created: Math.floor(settled.created_ms / 1_000),
    model: outcome.model ?? model,
    usage: wireUsageOf(outcome),
  };
  switch (endpoint) {
    case 'chat': {
      const message = { role: 'assistant', content: text, refusal: null };
      const choices = [{ index: 0, message, logprobs: null, finish_reason }];
      return { id: `chatcmpl-${settled.id}`, object: 'chat.completion', ...around, choices };
    }
    case 'completions': {
      const choices = [{ index: 0, text, logprobs: null, finish_reason }];
      return { id: `cmpl-${settled.id}`, object: 'text_completion', ...around, choices };
    }
    case 'embeddings':
      return null;
  }
}
