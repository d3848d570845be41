import { estimateInputTokens } from '#common/contracts/estimate-tokens.js';
import type { Endpoint, GenerationTask } from '#common/contracts/generation.js';
import type { ChatRequest, CompletionRequest, EmbeddingRequest, Texts } from './wire-request.schema.js';

/** Reserved for an answer whose length its caller left open. */
const CHAT_TOKENS = 1_024;
/** OpenAI's own default of `POST /v1/completions`. */
const COMPLETION_TOKENS = 16;

/** A validated body of one of OpenAI's routes, with the route it came on. */
export type WireRequest =
  | { readonly endpoint: 'chat'; readonly body: ChatRequest }
  | { readonly endpoint: 'completions'; readonly body: CompletionRequest }
  | { readonly endpoint: 'embeddings'; readonly body: EmbeddingRequest };

export const PATHS: Readonly<Record<Endpoint, string>> = {
  chat: '/v1/chat/completions',
  completions: '/v1/completions',
  embeddings: '/v1/embeddings',
};

/** What a backend is asked: all that the caller sent, but for how the answer travels. */
export function wireTaskOf(request: WireRequest): GenerationTask {
  const { endpoint } = request;
  const { model, stream, stream_options: _, ...body } = request.body;
  const routeKey = body.prompt_cache_key ?? body.user ?? undefined;
  return {
    endpoint,
    model,
    body,
    input_tokens: estimateInputTokens(body),
    max_tokens: outputTokensMax(request),
    is_streamed: endpoint !== 'embeddings' && stream === true,
    shape: 'wire',
    ...(routeKey === undefined ? {} : { route_key: routeKey }),
  };
}

/** Whether the last chunk of a stream shall tell the usage. */
export const wantsUsage = (request: WireRequest): boolean =>
  request.endpoint !== 'embeddings' && request.body.stream_options?.include_usage === true;

/** Most tokens of output, over all choices of all prompts. */
function outputTokensMax(request: WireRequest): number {
  switch (request.endpoint) {
    case 'chat': {
      const { n, max_completion_tokens, max_tokens } = request.body;
      return (n ?? 1) * (max_completion_tokens ?? max_tokens ?? CHAT_TOKENS);
    }
    case 'completions': {
      const { n, best_of, max_tokens, prompt } = request.body;
      return Math.max(n ?? 1, best_of ?? 1) * promptsOf(prompt) * (max_tokens ?? COMPLETION_TOKENS);
    }
    case 'embeddings':
      return 0;
  }
}

function promptsOf(prompt: Texts): number {
  return typeof prompt === 'string' || typeof prompt[0] === 'number' ? 1 : prompt.length;
}
