import { describe, expect, it } from '@jest/globals';
import { estimateInputTokens, estimateTokens } from './estimate-tokens.js';

describe('estimateTokens', () => {
  it('counts four characters a token and rounds up', () => {
    expect(['', 'a', 'abcd', 'abcde'].map(estimateTokens)).toEqual([0, 1, 1, 2]);
  });
});

describe('estimateInputTokens', () => {
  it('counts all messages of a task together and rounds once', () => {
    const messages = [
      { role: 'system', content: 'ab' },
      { role: 'user', content: 'cde' },
    ];
    expect(estimateInputTokens({ messages })).toBe(2);
  });

  it('counts prompts, inputs, tools and token ids, and nothing that the model does not read', () => {
    expect(estimateInputTokens({ prompt: ['abcd', 'efgh'], model: 'a-model', user: 'someone' })).toBe(2);
    expect(estimateInputTokens({ input: [1, 2, 3] })).toBe(3);
    expect(estimateInputTokens({ tools: [{ type: 'function', function: { name: 'look' } }] })).toBe(1);
  });

  it('counts an image by the piece, not by the characters of its data', () => {
    const content = [
      { type: 'text', text: 'abcd' },
      { type: 'image_url', image_url: { url: `data:image/png;base64,${'A'.repeat(90_000)}` } },
    ];
    expect(estimateInputTokens({ messages: [{ role: 'user', content }] })).toBe(801);
  });
});
