import { describe, expect, it } from '@jest/globals';
import { generateRequest } from './generate.schema.js';

const isAccepted = (body: unknown): boolean => generateRequest.safeParse(body).success;
const withPrompt = (fields: object): boolean => isAccepted({ prompt: 'Hi', ...fields });
const complaints = (body: unknown): string[] =>
  (generateRequest.safeParse(body).error?.issues ?? []).map(
    ({ path, message }) => `${path.join('.')}: ${message}`,
  );
const user = (content: string) => ({ role: 'user', content });

describe('the body of POST /generate', () => {
  it('needs nothing but a prompt; the rest is as the original system had it', () => {
    expect(generateRequest.parse({ prompt: 'Hi' })).toEqual({
      prompt: 'Hi',
      model: 'gpt-3.5-turbo',
      max_tokens: 150,
      temperature: 0.7,
      priority: 'normal',
      stream: false,
    });
  });

  it('keeps every field as it was sent', () => {
    const body = {
      messages: [user('Hi')],
      model: 'sim-fast',
      max_tokens: 1,
      temperature: 0,
      user_id: 'ada',
      mode: 'async',
      priority: 'low',
      timeout_ms: 1,
      stream: true,
      route_key: 'chat-7',
      metadata: { order: '7' },
    };
    expect(generateRequest.parse(body)).toEqual(body);
  });

  it('holds either a prompt or messages, never both and never neither', () => {
    expect(isAccepted({ prompt: 'Hi' })).toBe(true);
    expect(isAccepted({ messages: [user('Hi')] })).toBe(true);
    expect(complaints({})).toEqual(['prompt: send prompt or messages, one of them']);
    expect(complaints({ prompt: 'Hi', messages: [user('Hi')] })).toEqual([
      'prompt: send prompt or messages, not both',
    ]);
  });

  it.each<[string, unknown[], unknown[]]>([
    ['max_tokens', [1, 1_000_000], [0, -1, 1.5, 1_000_001, '5', null]],
    ['temperature', [0, 0.7, 2], [-0.01, 2.01, '1', null]],
    ['timeout_ms', [1, 86_400_000], [0, -1, 0.5, 86_400_001, '5', null]],
    ['mode', ['sync', 'async'], ['later', '', null]],
    ['priority', ['high', 'normal', 'low'], ['urgent', 1, null]],
    ['model', ['a', '~'.repeat(100), 'org/model:7b'], ['', '~'.repeat(101), 'a b', 'é', 'a\n', null]],
    ['user_id', ['a', '~'.repeat(200)], ['', '~'.repeat(201), 'a b', 'a\r\nX-Admin: 1', 7, null]],
    [
      'metadata',
      [{}, { k: '' }, { ['k'.repeat(64)]: 'v'.repeat(512) }],
      [[], { k: 1 }, { k: 'v'.repeat(513) }, null],
    ],
    ['prompt', ['a', ' ', 'é', '😀', 'x'.repeat(400_000)], ['', 'x'.repeat(400_001), 'half \ud83d', 7, null]],
  ])('takes %s within its bounds and refuses it beyond them', (field, good, bad) => {
    expect(good.filter((value) => !withPrompt({ [field]: value }))).toEqual([]);
    expect(bad.filter((value) => withPrompt({ [field]: value }))).toEqual([]);
  });

  it('refuses a field that it does not know, by its name', () => {
    expect(complaints({ prompt: 'Hi', max_token: 5 })).toEqual([expect.stringContaining('max_token')]);
  });

  it('takes 16 pairs of metadata and no more, with short names', () => {
    const pairs = (count: number) =>
      Object.fromEntries(Array.from({ length: count }, (_, n) => [`k${n}`, 'v']));
    expect(withPrompt({ metadata: pairs(16) })).toBe(true);
    expect(complaints({ prompt: 'Hi', metadata: pairs(17) })).toEqual(['metadata: holds more than 16 pairs']);
    expect(withPrompt({ metadata: { ['k'.repeat(65)]: 'v' } })).toBe(false);
  });

  it('takes 1 to 256 messages by system, user or assistant, each with text', () => {
    const many = (count: number) => ({ messages: Array.from({ length: count }, () => user('x')) });
    expect([1, 256].map((count) => isAccepted(many(count)))).toEqual([true, true]);
    expect([0, 257].map((count) => isAccepted(many(count)))).toEqual([false, false]);
    for (const role of ['system', 'user', 'assistant'])
      expect(isAccepted({ messages: [{ role, content: 'x' }] })).toBe(true);
    const bad = [
      { role: 'tool', content: 'x' },
      user(''),
      { role: 'user' },
      { ...user('x'), name: 'ada' },
      user('\udc00'),
    ];
    for (const message of bad) expect(isAccepted({ messages: [message] })).toBe(false);
  });

  it('takes 400,000 characters in all messages together, and no more', () => {
    const half = user('x'.repeat(200_000));
    expect(isAccepted({ messages: [half, half] })).toBe(true);
    expect(complaints({ messages: [half, half, user('x')] })).toEqual([
      'messages: holds more than 400000 characters in all',
    ]);
  });

  it('names one receiver of its end: a URL of 2,048 characters at most, or an endpoint', () => {
    const url = 'https://example.com/'.padEnd(2_048, 'a');
    expect(complaints({ prompt: 'x', webhook_url: url })).toEqual([]);
    expect(complaints({ prompt: 'x', webhook_endpoint_id: 'whe_1' })).toEqual([]);
    expect(complaints({ prompt: 'x', webhook_url: `${url}a` })).toHaveLength(1);
    expect(complaints({ prompt: 'x', webhook_url: url, webhook_endpoint_id: 'whe_1' })).toEqual([
      'webhook_url: send webhook_url or webhook_endpoint_id, not both',
    ]);
  });
});
