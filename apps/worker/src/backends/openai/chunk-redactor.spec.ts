import { describe, expect, it } from '@jest/globals';
import { ChunkRedactor } from './chunk-redactor.js';
import type { Wire } from './wire.js';

const KEY = 'sk-canary-6ad1';
const head = { id: 'c1', object: 'chat.completion.chunk', created: 1, model: 'm' };
const chunk = (choice: object, finish_reason: string | null = null, index = 0): Wire => ({
  ...head,
  choices: [{ index, ...choice, finish_reason }],
});
const content = (text: string, ...rest: [reason?: string | null, index?: number]): Wire =>
  chunk({ delta: { content: text } }, ...rest);
const shown = (...chunks: Wire[]): Wire[] => {
  const redactor = new ChunkRedactor(KEY);
  return [...chunks.flatMap((each) => redactor.redact(each)), ...redactor.end()];
};

describe('ChunkRedactor', () => {
  it('hands chunks on as they are, when nothing in them could be the key', () => {
    const chunks = [
      chunk({ delta: { role: 'assistant', content: '' }, logprobs: null }),
      content('Hi'),
      content('', 'stop'),
      { ...head, choices: [], usage: { prompt_tokens: 1 } },
      { object: 'unheard of' },
    ];
    expect(shown(...chunks)).toEqual(chunks);
  });

  it('follows every choice on its own', () => {
    const came = [content('sk-can'), content('sk-x', null, 1), content('ary-6ad1!'), content('y', null, 1)];
    expect(shown(...came)).toEqual([
      content(''),
      content('sk-x', null, 1),
      content('***!'),
      content('y', null, 1),
    ]);
  });

  it('follows every text in a choice: arguments of tools, reasoning and what is unheard of', () => {
    const called = (text: string, index = 0) => ({ tool_calls: [{ index, function: { arguments: text } }] });
    const delta = (text: string) => ({
      ...called(text, 1),
      reasoning_content: text,
      unheard: [{ of: text }],
    });
    const [first, second] = shown(chunk({ delta: delta('{sk-canary') }), chunk({ delta: delta('-6ad1}') }));
    expect(first).toEqual(chunk({ delta: delta('{') }));
    expect(second).toEqual(chunk({ delta: delta('***}') }));
  });

  it('tells an end that it held back before the chunk that ends the choice, and within that chunk', () => {
    const ending = chunk({ delta: {} }, 'stop');
    expect(shown(content('yes'), ending)).toEqual([content('ye'), content('s'), ending]);
    expect(shown(content('yes', 'stop'))).toEqual([content('yes', 'stop')]);
    const called = (text: string) =>
      chunk({ delta: { tool_calls: [{ index: 2, function: { arguments: text } }] } });
    expect(shown(called('as'), ending)).toEqual([called('a'), called('s'), ending]);
    const text = (piece: string) => chunk({ text: piece });
    expect(shown(text('as'))).toEqual([text('a'), text('s')]);
  });

  it('takes names for whole: they are never held back', () => {
    const role = chunk({ delta: { role: 'sk', id: 'sk-', type: KEY, name: 's' } });
    expect(shown(role)).toEqual([chunk({ delta: { role: 'sk', id: 'sk-', type: '***', name: 's' } })]);
  });

  it('takes the key out of everything around the choices', () => {
    const redacted = JSON.stringify(shown({ ...content('a'), system_fingerprint: KEY, [KEY]: { x: [KEY] } }));
    expect(redacted).not.toContain(KEY);
  });

  it('leaves out the probabilities of tokens that would spell what it takes out', () => {
    const logprobs = { content: [{ token: 'x', logprob: -1 }] };
    const withTokens = (text: string) => chunk({ delta: { content: text }, logprobs });
    const [before, within, after] = shown(withTokens('a'), withTokens('sk-canary'), withTokens('-6ad1'));
    expect(before).toEqual(withTokens('a'));
    expect([within, after]).toEqual([
      chunk({ delta: { content: '' }, logprobs: null }),
      chunk({ delta: { content: '***' }, logprobs: null }),
    ]);
  });
});
