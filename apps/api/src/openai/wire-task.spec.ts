import { describe, expect, it } from '@jest/globals';
import { generationTask } from '#common/contracts/generation.js';
import { chatRequest, completionRequest, embeddingRequest } from './wire-request.schema.js';
import { wireTaskOf } from './wire-task.js';

const chat = (more: object = {}) =>
  wireTaskOf({
    endpoint: 'chat',
    body: chatRequest.parse({ model: 'gpt-4o', messages: [{ role: 'user', content: 'Hello' }], ...more }),
  });
const completion = (more: object = {}) =>
  wireTaskOf({
    endpoint: 'completions',
    body: completionRequest.parse({ model: 'm', prompt: 'Hi', ...more }),
  });
const embedding = (more: object = {}) =>
  wireTaskOf({ endpoint: 'embeddings', body: embeddingRequest.parse({ model: 'm', input: 'Hi', ...more }) });

describe('wireTaskOf', () => {
  it('asks a backend for all that was sent, but for the model and how the answer travels', () => {
    const sent = {
      messages: [{ role: 'user', content: 'Hello', name: 'ada' }],
      temperature: null,
      tools: [],
      metadata: { team: 'search' },
      top_k: 40,
    };
    const task = chat({ ...sent, stream: true, stream_options: { include_usage: true } });
    expect(task).toEqual({
      endpoint: 'chat',
      model: 'gpt-4o',
      body: sent,
      input_tokens: 2,
      max_tokens: 1_024,
      is_streamed: true,
      shape: 'wire',
    });
    expect(generationTask.strict().parse(task)).toEqual(task);
  });

  it('is streamed only where the caller asks for it, and embeddings never are', () => {
    expect(chat().is_streamed).toBe(false);
    expect(chat({ stream: null }).is_streamed).toBe(false);
    expect(completion({ stream: true }).is_streamed).toBe(true);
    expect(embedding({ stream: true }).is_streamed).toBe(false);
  });

  it.each([
    [chat({ max_tokens: 10 }), 10],
    [chat({ max_tokens: 10, max_completion_tokens: 20 }), 20],
    [chat({ max_tokens: 10, n: 3 }), 30],
    [chat({ n: 4 }), 4_096],
    [chat({ n: null, max_tokens: null }), 1_024],
    [completion(), 16],
    [completion({ max_tokens: 0 }), 0],
    [completion({ prompt: ['a', 'b', 'c'], n: 2 }), 96],
    [completion({ prompt: [1, 2, 3] }), 16],
    [completion({ prompt: [[1], [2, 3]], n: 2, best_of: 5, max_tokens: 10 }), 100],
    [embedding(), 0],
  ])('reserves the most tokens that all choices may take: %#', ({ max_tokens }, most) => {
    expect(max_tokens).toBe(most);
  });

  it('keeps jobs together by the cache key, else by the end user, else not at all', () => {
    expect(chat({ user: 'ada', prompt_cache_key: 'k' }).route_key).toBe('k');
    expect(chat({ user: 'ada', prompt_cache_key: null }).route_key).toBe('ada');
    expect(chat({ user: null })).not.toHaveProperty('route_key');
  });
});
