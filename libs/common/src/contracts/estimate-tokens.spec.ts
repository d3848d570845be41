import { describe, expect, it } from '@jest/globals';
import { estimateInputTokens, estimateTokens } from './estimate-tokens.js';

describe('estimateTokens', () => {
  it('counts four characters a token and rounds up', () => {
    expect(['', 'a', 'abcd', 'abcde'].map(estimateTokens)).toEqual([0, 1, 1, 2]);
  });

  it('counts all messages of a task together and rounds once', () => {
    const messages = [
      { role: 'system' as const, content: 'ab' },
      { role: 'user' as const, content: 'cde' },
    ];
    expect(estimateInputTokens({ messages })).toBe(2);
  });
});
