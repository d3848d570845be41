import type { GenerationTask } from '#common/contracts/generation.js';
import type { GenerateRequest } from './generate.schema.js';

/** What a backend is asked: a prompt is a conversation of one message. */
export function taskOf(request: GenerateRequest): GenerationTask {
  const { model, max_tokens, temperature, user_id } = request;
  const messages = request.messages ?? [{ role: 'user' as const, content: request.prompt ?? '' }];
  return { model, messages, max_tokens, temperature, ...(user_id === undefined ? {} : { user: user_id }) };
}
