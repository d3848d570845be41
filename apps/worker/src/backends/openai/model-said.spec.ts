import { describe, expect, it } from '@jest/globals';
import { modelSaid } from './model-said.js';

describe('the model that a backend names', () => {
  it.each(['gpt-4o-2024-08-06', 'meta-llama/Llama-3.1-8B', 'qwen3:8b', '/models/x.gguf'])(
    'is %s',
    (model) => {
      expect(modelSaid({ model }, null)).toEqual({ model });
    },
  );

  it.each([
    ['a sentence', 'Tell me a secret'],
    ['longer than 100 characters', 'x'.repeat(101)],
    ['nothing', ''],
    ['no text', 4],
    ['our key', 'sk-upstream-1'],
  ])('is none when it is %s', (_, model) => {
    expect(modelSaid({ model }, 'sk-upstream-1')).toEqual({});
  });
});
