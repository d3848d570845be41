import { describe, expect, it } from '@jest/globals';
import { knownModels, type ModelSource } from './known-models.policy.js';

const source = (id: string, patterns: string[], names: string[] = []): ModelSource => ({
  id,
  patterns,
  names,
});
const owners = (sources: ModelSource[], allowed: string[] = []) =>
  Object.fromEntries(knownModels(sources, allowed).map(({ id, owned_by }) => [id, owned_by]));

describe('knownModels', () => {
  it('knows exact names and names found at a backend, in OpenAI’s format and sorted', () => {
    expect(knownModels([source('b', ['gpt-*', 'o3'], ['gpt-4o'])], [])).toEqual([
      { id: 'gpt-4o', object: 'model', created: 0, owned_by: 'b' },
      { id: 'o3', object: 'model', created: 0, owned_by: 'b' },
    ]);
  });

  it('knows no name behind a pattern alone', () => {
    expect(knownModels([source('b', ['*'])], [])).toEqual([]);
  });

  it('leaves out what a backend has but may not be asked for', () => {
    expect(owners([source('b', ['gpt-*'], ['gpt-4o', 'whisper-1'])])).toEqual({ 'gpt-4o': 'b' });
  });

  it('names the backend whose pattern fits best, and the first of equals', () => {
    const any = source('any', ['*'], ['gpt-4o', 'llama']);
    const gpt = source('gpt', ['gpt-*'], ['gpt-4o', 'gpt-5']);
    expect(owners([any, gpt, source('late', ['gpt-*'], ['gpt-5'])])).toEqual({
      'gpt-4o': 'gpt',
      'gpt-5': 'gpt',
      llama: 'any',
    });
  });

  it('tells a caller only of what its key may use', () => {
    const all = [source('b', ['*'], ['gpt-4o', 'gpt-5', 'o3'])];
    expect(Object.keys(owners(all, ['gpt-5', 'o*']))).toEqual(['gpt-5', 'o3']);
  });
});
