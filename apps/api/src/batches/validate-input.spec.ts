import { describe, expect, it } from '@jest/globals';
import { readRequests } from './read-requests.js';
import { LINES_MAX, validateInput } from './validate-input.js';

const CHAT = '/v1/chat/completions';
const line = (customId: string, changes: object = {}) =>
  JSON.stringify({ custom_id: customId, method: 'POST', url: CHAT, body: { model: 'm' }, ...changes });

/** The text in pieces of a few bytes, as a disk might bring it. */
async function* pieces(text: string, bytes = 7): AsyncGenerator<Buffer> {
  const whole = Buffer.from(text);
  for (let at = 0; at < whole.length; at += bytes) yield whole.subarray(at, at + bytes);
}

const problemsOf = async (text: string, bytes?: number) => {
  const validated = await validateInput(pieces(text, bytes), CHAT);
  return validated.kind === 'valid' ? [] : validated.problems.map(({ code, line: at }) => [code, at]);
};

describe('the lines of an input', () => {
  it('are the same however the disk cuts them, with or without a last newline, blank lines and carriage returns', async () => {
    for (const text of [
      `${line('ä')}\n${line('b')}`,
      `${line('ä')}\n${line('b')}\n`,
      `\n${line('ä')}\r\n \t\n${line('b')}\r\n\n`,
    ]) {
      for (const bytes of [1, 7, 64, 10_000]) {
        const read: unknown[] = [];
        for await (const each of readRequests(pieces(text, bytes), CHAT))
          read.push([each.index, each.kind === 'request' ? each.request.customId : null]);
        expect(read).toEqual([
          [0, 'ä'],
          [1, 'b'],
        ]);
      }
    }
  });

  it('are numbered for people as an editor shows them', async () => {
    expect(await problemsOf(`\n${line('a')}\n\n{`)).toEqual([['invalid_json_line', 4]]);
  });
});

describe('an input', () => {
  it('is valid with a request in each line', async () => {
    expect(await validateInput(pieces(`${line('a')}\n${line('b')}`), CHAT)).toEqual({
      kind: 'valid',
      lines: 2,
    });
  });

  it.each([
    ['not JSON', '{"custom_id": "a"', 'invalid_json_line'],
    ['an array', '[]', 'invalid_json_line'],
    ['not UTF-8 in a name that would reach a prototype', '{"__proto__":{}}', 'invalid_json_line'],
    ['nested too deeply', `{"a":${'['.repeat(40)}${']'.repeat(40)}}`, 'invalid_json_line'],
    ['without a custom_id', line('a', { custom_id: undefined }), 'invalid_request'],
    ['with a custom_id that is a number', line('a', { custom_id: 1 }), 'invalid_request'],
    ['with a custom_id that is too long', line('x'.repeat(513)), 'invalid_request'],
    ['with another method', line('a', { method: 'GET' }), 'invalid_method'],
    ['with another endpoint', line('a', { url: '/v1/embeddings' }), 'invalid_url'],
    ['without a body', line('a', { body: null }), 'invalid_request'],
    ['longer than 1 MiB', line('a', { pad: 'x'.repeat(1024 * 1024) }), 'invalid_json_line'],
  ])('is invalid with a line that is %s', async (_, bad, code) => {
    expect(await problemsOf(`${line('good')}\n${bad}\n${line('also good')}`, 65_536)).toEqual([[code, 2]]);
  });

  it('is invalid with a custom_id that came before', async () => {
    expect(await problemsOf(`${line('a')}\n${line('b')}\n${line('a')}`)).toEqual([
      ['duplicate_custom_id', 3],
    ]);
  });

  it('is invalid when it is empty', async () => {
    expect(await problemsOf('')).toEqual([['empty_file', null]]);
    expect(await problemsOf('\n \n')).toEqual([['empty_file', null]]);
  });

  it('has at most 50,000 requests', async () => {
    const lines = Array.from({ length: LINES_MAX + 1 }, (_, at) => line(String(at))).join('\n');
    expect(await problemsOf(lines, 1024 * 1024)).toEqual([['too_many_tasks', null]]);
  });

  it('has at most 100 problems told', async () => {
    expect(await problemsOf('{\n'.repeat(500), 65_536)).toHaveLength(100);
  });
});
