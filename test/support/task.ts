import type { GenerationTask } from '../../libs/common/src/contracts/generation.js';

/** A chat of one short message, for whoever does not care what is asked. */
export const taskOf = (changes: Partial<GenerationTask> = {}): GenerationTask => ({
  endpoint: 'chat',
  model: 'sim-fast',
  body: { messages: [{ role: 'user', content: 'Hello' }], max_tokens: 9, temperature: 0 },
  input_tokens: 2,
  max_tokens: 9,
  is_streamed: false,
  shape: 'text',
  ...changes,
});
