import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { taskOf } from '../../../../../test/support/task.js';
import { judgeAnswer } from './judge-answer.js';

const KEY = 'sk-canary-6ad1';
const usage = { prompt_tokens: 3, completion_tokens: 5, total_tokens: 8 };
const completion = (choice: object = {}, more: object = {}) => ({
  choices: [{ message: { content: 'Hello' }, finish_reason: 'stop', ...choice }],
  usage,
  ...more,
});
const judge = (body: unknown, change: Parameters<typeof taskOf>[0] = {}) =>
  judgeAnswer(body === undefined ? '' : JSON.stringify(body), taskOf(change), KEY);
const noGeneration = { kind: 'garbled', because: 'no-generation' };

describe('judgeAnswer', () => {
  it('takes text, finish reason and usage from the first choice', () => {
    expect(judge(completion({ finish_reason: 'length' }))).toEqual({
      kind: 'completed',
      answer: { text: 'Hello', finishReason: 'length', usage: { input_tokens: 3, output_tokens: 5 } },
    });
  });

  it.each([undefined, null, {}, { prompt_tokens: -1, completion_tokens: 1 }, { prompt_tokens: 1.5 }, 'none'])(
    'estimates tokens over all choices when usage is %j',
    (said) => {
      const body = {
        choices: [...completion().choices, { message: { content: 'Hello again' } }],
        usage: said,
      };
      expect(judge(body)).toMatchObject({
        answer: { usage: { input_tokens: 2, output_tokens: 4, estimated: true } },
      });
    },
  );

  it('takes an answer without a finish reason, or with nonsense, as finished', () => {
    for (const finish_reason of [null, 7, 'x'.repeat(41)]) {
      expect(judge(completion({ finish_reason }))).toMatchObject({ answer: { finishReason: 'stop' } });
    }
  });

  it.each([
    { message: { content: null, tool_calls: [{ function: { name: 'add', arguments: '{}' } }] } },
    { message: { tool_calls: [{ function: { name: 'add', arguments: '{}' } }] } },
    { message: { content: null, refusal: 'I cannot.' } },
    { message: { content: null, reasoning_content: 'Well' } },
    { message: { content: null }, finish_reason: 'length' },
    { message: { content: null }, finish_reason: 'content_filter' },
    { message: { content: '' } },
  ])('takes %j for an answer without a text', (choice) => {
    expect(judge(completion(choice))).toMatchObject({ kind: 'completed', answer: { text: '' } });
  });

  it('takes an answer beside an error that is none', () => {
    expect(judge(completion({}, { error: null }))).toMatchObject({ kind: 'completed' });
  });

  it.each([
    [undefined, 'empty'],
    [null, 'no-generation'],
    ['<html></html>', 'no-generation'],
    [{}, 'no-generation'],
    [{ error: { message: 'no' } }, 'error-object'],
    [{ ...completion(), error: 'overloaded' }, 'error-object'],
    [{ choices: [] }, 'no-generation'],
    [{ choices: [{}] }, 'no-generation'],
    [{ choices: [{ message: { content: null }, finish_reason: 'stop' }] }, 'no-generation'],
    [{ choices: [{ message: { content: [{ type: 'text' }] } }] }, 'no-generation'],
    [{ choices: [{ text: 'of another endpoint' }] }, 'no-generation'],
  ])('calls %j garbled: %s', (body, because) => {
    expect(judge(body)).toEqual({ kind: 'garbled', because });
  });

  it('asks of each endpoint what is its own', () => {
    expect(judge({ choices: [{ text: 'a' }] }, { endpoint: 'completions' })).toMatchObject({
      answer: { text: 'a' },
    });
    expect(judge(completion(), { endpoint: 'completions' })).toEqual(noGeneration);
    const vectors = { data: [{ embedding: [1] }], usage: { prompt_tokens: 4, total_tokens: 4 } };
    expect(judge(vectors, { endpoint: 'embeddings' })).toMatchObject({
      answer: { text: '', usage: { input_tokens: 4, output_tokens: 0 } },
    });
    expect(judge({ data: [] }, { endpoint: 'embeddings' })).toEqual(noGeneration);
  });

  it('keeps the body as it came in wire shape, and none in another', () => {
    const body = completion(
      { logprobs: { content: [] } },
      { system_fingerprint: 'f', usage: { ...usage, details: {} } },
    );
    expect(judge(body, { shape: 'wire' })).toMatchObject({ answer: { body } });
    expect(judge(body)).not.toHaveProperty('answer.body');
  });

  it('leaves out the probabilities of tokens that would spell the key', () => {
    const logprobs = { content: [{ token: KEY.slice(0, 5) }, { token: KEY.slice(5) }] };
    const outcome = judge(completion({ message: { content: KEY }, logprobs }), { shape: 'wire' });
    expect(outcome).toMatchObject({
      answer: { text: '***', body: { choices: [{ message: { content: '***' }, logprobs: null }] } },
    });
  });

  it('never throws and never shows the key, whatever a backend sends', () => {
    const texts = fc.oneof(
      fc.string(),
      fc.string().map((text) => `${text}${KEY}`),
    );
    const anything = fc.anything({ values: [texts, fc.integer(), fc.constant(null)], key: texts });
    const bodies = fc.oneof(
      anything,
      fc
        .record({ message: fc.record({ content: texts }), logprobs: anything, more: anything })
        .map((choice) => completion(choice)),
    );
    fc.assert(
      fc.property(bodies, (body) => {
        expect(JSON.stringify(judge(body, { shape: 'wire' }))).not.toContain(KEY);
      }),
    );
  });
});
