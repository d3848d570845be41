import { describe, expect, it } from '@jest/globals';
import { taskOf } from '../../../../../test/support/task.js';
import type { CallOutcome } from '../backend.js';
import { simulatedEmbeddings } from './simulated-embeddings.js';

describe('simulatedEmbeddings', () => {
  const embed = (body: Record<string, unknown>): CallOutcome =>
    simulatedEmbeddings(taskOf({ endpoint: 'embeddings', body }));
  const vectors = (body: Record<string, unknown>): unknown[] => {
    const outcome = embed(body);
    const data = outcome.kind === 'completed' ? outcome.answer.body?.['data'] : outcome;
    return (data as { embedding: unknown }[]).map(({ embedding }) => embedding);
  };

  it('gives a unit vector for every input, the same for the same', () => {
    const [a, b, again] = vectors({ input: ['a', 'b', 'a'] }) as number[][];
    expect(a).toHaveLength(16);
    expect(Math.hypot(...(a ?? []))).toBeCloseTo(1, 5);
    expect(again).toEqual(a);
    expect(b).not.toEqual(a);
    expect(vectors({ input: 'a' })).toEqual([a]);
    expect(vectors({ input: [1, 2] })).toHaveLength(1);
    expect(vectors({ input: 'a', dimensions: 3 })).toMatchObject([{ length: 3 }]);
  });

  it('encodes vectors in base64 where that is asked for', () => {
    const [floats] = vectors({ input: 'a' }) as number[][];
    const [text] = vectors({ input: 'a', encoding_format: 'base64' }) as string[];
    const bytes = Buffer.from(text ?? '', 'base64');
    expect(Array.from({ length: 16 }, (_, at) => bytes.readFloatLE(4 * at))).toEqual(floats);
  });

  it('tells OpenAI’s list with the tokens of the input', () => {
    expect(embed({ input: 'a' })).toMatchObject({
      answer: {
        text: '',
        finishReason: 'stop',
        usage: { input_tokens: 2, output_tokens: 0 },
        body: { object: 'list', model: 'sim-fast', usage: { prompt_tokens: 2, total_tokens: 2 } },
      },
    });
  });

  it.each([
    [{}],
    [{ input: [] }],
    [{ input: 'a', dimensions: 0 }],
    [{ input: ['a', 'b'], dimensions: 100_000 }],
  ])('refuses %j', (body) => {
    expect(embed(body)).toMatchObject({ kind: 'refused', refusal: { status: 400 } });
  });
});
