import { describe, expect, it } from '@jest/globals';
import { chatRequest, completionRequest, embeddingRequest } from './wire-request.schema.js';

const messages = [{ role: 'user', content: 'Hi' }];
const chat = (more: object) => chatRequest.safeParse({ model: 'gpt-4o', messages, ...more });
const completion = (more: object) => completionRequest.safeParse({ model: 'm', prompt: 'Hi', ...more });
const embedding = (more: object) => embeddingRequest.safeParse({ model: 'm', input: 'Hi', ...more });
const faultOf = ({ error }: ReturnType<typeof chat | typeof completion | typeof embedding>) =>
  error?.issues.map(({ path }) => path.join('.'));

describe('chatRequest', () => {
  it('keeps every field as it was sent, known or not', () => {
    const body = {
      model: 'gpt-4o',
      messages: [
        {
          role: 'developer',
          content: [{ type: 'text', text: 'Look', cache_control: { type: 'ephemeral' } }],
        },
        { role: 'assistant', content: null, tool_calls: [{ id: 'call_1', type: 'function' }] },
        { role: 'tool', tool_call_id: 'call_1', content: '4' },
      ],
      n: 4,
      max_tokens: null,
      max_completion_tokens: 9,
      temperature: null,
      stream: false,
      stream_options: { include_usage: true, include_obfuscation: false },
      user: 'ada',
      tools: [{ type: 'function', function: { name: 'add', parameters: { type: 'object' } } }],
      response_format: { type: 'json_schema', json_schema: { name: 'x', schema: {} } },
      top_k: 40,
      metadata: { team: 'search' },
    };
    expect(chatRequest.parse(body)).toEqual(body);
  });

  it.each([
    [{ model: undefined }, 'model'],
    [{ model: 'gpt 4' }, 'model'],
    [{ model: 'm'.repeat(101) }, 'model'],
    [{ messages: undefined }, 'messages'],
    [{ messages: [] }, 'messages'],
    [{ messages: Array.from({ length: 257 }, () => messages[0]) }, 'messages'],
    [{ messages: ['Hi'] }, 'messages.0'],
    [{ messages: [{ content: 'Hi' }] }, 'messages.0.role'],
    [{ n: 5 }, 'n'],
    [{ n: 0 }, 'n'],
    [{ n: 1.5 }, 'n'],
    [{ max_tokens: 0 }, 'max_tokens'],
    [{ max_completion_tokens: -1 }, 'max_completion_tokens'],
    [{ temperature: '0.7' }, 'temperature'],
    [{ stream: 'true' }, 'stream'],
    [{ stream_options: { include_usage: 1 } }, 'stream_options.include_usage'],
    [{ user: 7 }, 'user'],
    [{ prompt_cache_key: 'k'.repeat(513) }, 'prompt_cache_key'],
  ])('refuses %j and names the field', (change, field) => {
    expect(faultOf(chat(change))).toEqual([field]);
  });

  it('takes 256 messages with 400,000 characters of text in all, in whatever parts, and no more', () => {
    const long = (length: number) => [
      { role: 'user', content: 'x'.repeat(length / 2) },
      { role: 'user', content: [{ type: 'text', text: 'x'.repeat(length / 2) }] },
      { role: 'user', content: [{ type: 'image_url', image_url: { url: 'x'.repeat(1_000) } }, null] },
      { role: 'assistant' },
    ];
    expect(chat({ messages: long(400_000) }).success).toBe(true);
    expect(faultOf(chat({ messages: long(400_002) }))).toEqual(['messages']);
    expect(chat({ messages: Array.from({ length: 256 }, () => messages[0]) }).success).toBe(true);
  });
});

describe('completionRequest', () => {
  it.each(['Hi', ['Hi', 'Ho'], [1, 2, 3], [[1], [2, 3]]])('takes the prompt %j', (prompt) => {
    expect(completionRequest.parse({ model: 'm', prompt, best_of: 9, max_tokens: 0, suffix: '.' })).toEqual({
      model: 'm',
      prompt,
      best_of: 9,
      max_tokens: 0,
      suffix: '.',
    });
  });

  it.each([
    [{ prompt: undefined }, 'prompt'],
    [{ prompt: '' }, 'prompt'],
    [{ prompt: [] }, 'prompt'],
    [{ prompt: ['Hi', 1] }, 'prompt'],
    [{ prompt: 'x'.repeat(400_001) }, 'prompt'],
    [{ prompt: ['x'.repeat(200_000), 'x'.repeat(200_001)] }, 'prompt'],
    [{ best_of: 21 }, 'best_of'],
    [{ n: 5 }, 'n'],
    [{ max_tokens: 1.5 }, 'max_tokens'],
  ])('refuses %j and names the field', (change, field) => {
    expect(faultOf(completion(change))).toEqual([field]);
  });
});

describe('embeddingRequest', () => {
  it.each(['Hi', ['Hi', 'Ho'], [1, 2, 3], [[1], [2, 3]]])('takes the input %j', (input) => {
    const body = { model: 'm', input, encoding_format: 'base64', dimensions: 8 };
    expect(embeddingRequest.parse(body)).toEqual(body);
  });

  it.each([
    [{ input: undefined }, 'input'],
    [{ input: [] }, 'input'],
    [{ input: { text: 'Hi' } }, 'input'],
    [{ input: Array.from({ length: 2_049 }, () => 'Hi') }, 'input'],
  ])('refuses %j and names the field', (change, field) => {
    expect(faultOf(embedding(change))).toEqual([field]);
  });
});
