import { estimateInputTokens } from '#common/contracts/estimate-tokens.js';
import type { GenerationTask } from '#common/contracts/generation.js';
import type { GenerateRequest } from './generate.schema.js';

/** What a backend is asked: a prompt is a conversation of one message. */
export function taskOf(request: GenerateRequest): GenerationTask {
  const { model, max_tokens, temperature, user_id, route_key } = request;
  const messages = request.messages ?? [{ role: 'user' as const, content: request.prompt ?? '' }];
  const body = { messages, max_tokens, temperature, ...(user_id === undefined ? {} : { user: user_id }) };
  return {
    endpoint: 'chat',
    model,
    body,
    input_tokens: estimateInputTokens(body),
    max_tokens,
    is_streamed: request.stream,
    shape: 'text',
    ...(route_key === undefined ? {} : { route_key }),
  };
}
