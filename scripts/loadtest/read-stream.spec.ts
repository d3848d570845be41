import { describe, expect, it } from '@jest/globals';
import { readStream } from './read-stream.js';
import { type Route, wireOf } from './wire.js';

const GENERATE = [
  'event: status\ndata: {"status":"queued"}\n\n',
  ': still here\n\n',
  'event: token\nid: 1-1\ndata: {"text":"Grüße"}\n\n',
  'event: token\ndata: {"text":" an"}\n\nevent: token\ndata: {"text":" alle"}\n\n',
  'event: result\nid: end\ndata: {"worker_id":"w","backend_id":"b","usage":{"output_tokens":7}}\n\n',
];
const CHAT = [
  'data: {"choices":[{"delta":{"role":"assistant","content":""}}]}\n\n',
  'data: {"choices":[{"delta":{"content":"Hi"}}]}\n\n',
  'data: {"choices":[{"delta":{"content":" you"}}]}\n\n',
  'data: {"choices":[],"usage":{"completion_tokens":9}}\n\n',
  'data: [DONE]\n\n',
];

async function* bytesOf(parts: readonly string[], size = Infinity): AsyncGenerator<Uint8Array> {
  for (const part of parts) {
    const bytes = Buffer.from(part);
    for (let at = 0; at < bytes.length; at += size) {
      await new Promise(setImmediate);
      yield bytes.subarray(at, at + size);
    }
  }
}
const read = (route: Route, parts: readonly string[], size?: number) =>
  readStream(bytesOf(parts, size), (event) =>
    wireOf(route).hear(event, (name) => (name === 'x-sluice-backend' ? 'b' : null)),
  );

describe('readStream', () => {
  it.each([
    ['generate', GENERATE, { workerId: 'w', outputTokens: 7 }, 1] as const,
    ['chat', CHAT, { workerId: 'unknown', outputTokens: 9 }, 1] as const,
  ])('of %s knows the first token, the gaps and the end', async (route, parts, end, gaps) => {
    const found = await read(route, parts);
    expect(found.outcome).toEqual({ kind: 'generated', status: '200', backendId: 'b', ...end });
    expect(found.firstTokenAt).not.toBeNull();
    // Two pieces of one packet have no gap between them.
    expect(found.gapsMs).toHaveLength(gaps);
  });

  it('reads the same in whatever pieces it comes', async () => {
    for (const size of [1, 2, 7])
      expect((await read('generate', GENERATE, size)).outcome).toMatchObject({
        kind: 'generated',
        outputTokens: 7,
      });
  });

  it('is a failure when the stream tells one, also after tokens, or ends without an end', async () => {
    const error = 'event: error\ndata: {"error":{"code":"backend_refused"}}\n\n';
    expect((await read('generate', [...GENERATE.slice(0, 3), error])).outcome).toEqual({
      kind: 'failed',
      status: 'failed stream',
      code: '200 backend_refused',
    });
    expect((await read('generate', GENERATE.slice(0, 4))).outcome).toMatchObject({ status: 'broken stream' });
    expect((await read('chat', ['data: {"error":{"code":"timeout"}}\n\n'])).outcome).toMatchObject({
      code: '200 timeout',
    });
  });
});
