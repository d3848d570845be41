import type { GenerationTask } from './generation.js';

const CHARACTERS_PER_TOKEN = 4;

/**
 * Tokens of a text by OpenAI's rule of thumb of 4 characters a token (help.openai.com, "What are tokens and how to count
 * them?"), where a character is a UTF-16 unit. Good for English, low for most other scripts: for where nobody counted.
 */
export function estimateTokens(text: string): number {
  return Math.ceil(text.length / CHARACTERS_PER_TOKEN);
}

/** Tokens of all messages of a task together. */
export function estimateInputTokens({ messages }: Pick<GenerationTask, 'messages'>): number {
  const characters = messages.reduce((sum, { content }) => sum + content.length, 0);
  return Math.ceil(characters / CHARACTERS_PER_TOKEN);
}
