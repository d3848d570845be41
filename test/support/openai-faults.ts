import type { ServerResponse } from 'node:http';
import { setTimeout as pause } from 'node:timers/promises';
import { answer, bodyOf, chunksOf, STREAM_TYPE, streamOf } from './openai-answers.js';
import type { Behaviour } from './openai-behaviour.js';

const JSON_TYPE = { 'content-type': 'application/json' };

const sends =
  (status: number, headers: Record<string, string>, body: string): Behaviour =>
  (response) => {
    response.writeHead(status, headers).end(body);
  };

/** An error object in OpenAI's wire format. */
const errorOf = (message: string, code = 'bad') =>
  JSON.stringify({ error: { message, type: 'invalid_request_error', param: 'messages', code } });

/** Answers that are none, each a behaviour for `OpenAiServer.next`. */
export const fault = {
  /** An error status with OpenAI's error object; `headers` such as `{ 'retry-after': '2' }`. */
  status: (status: number, headers: Record<string, string> = {}, message = 'no') =>
    sends(status, { ...JSON_TYPE, ...headers }, errorOf(message)),
  html: (status = 200) => sends(status, { 'content-type': 'text/html' }, '<html>Welcome</html>'),
  empty: () => sends(200, JSON_TYPE, ''),
  invalidJson: () => sends(200, JSON_TYPE, '{"choices":['),
  errorObject: () => sends(200, JSON_TYPE, errorOf('overloaded')),
  noChoices: () => sends(200, JSON_TYPE, '{"choices":[]}'),
  /** A good answer that is said to be plain text. */
  wrongType: (): Behaviour => (response, call) => {
    response.writeHead(200, { 'content-type': 'text/plain' }).end(JSON.stringify(bodyOf({}, call)));
  },
  noUsage: () => answer({ usage: null }),
  redirect: (location: string, status = 307) => sends(status, { location }, ''),
  /** Never answers. */
  hang: (): Behaviour => () => undefined,
  /** Sends the headers and the first byte, then nothing. */
  hangInBody:
    (): Behaviour =>
    (response, { body }) => {
      response.writeHead(200, body['stream'] === true ? STREAM_TYPE : JSON_TYPE).write(' ');
    },
  /** Cuts the connection before the first byte. */
  reset: (): Behaviour => (response) => {
    response.destroy();
  },
  /** Cuts the connection within an unstreamed answer. */
  cut: (): Behaviour => (response) => {
    response.writeHead(200, { ...JSON_TYPE, 'content-length': '100' });
    response.write('{"choices"', () => response.destroy());
  },
  /** So many bytes of a JSON string that does not end before. */
  huge:
    (bytes = 50 * 1024 * 1024): Behaviour =>
    async (response) => {
      response.writeHead(200, JSON_TYPE);
      await writeMany(response, '{"choices":[{"message":{"content":"', bytes);
      response.end('"}}]}');
    },
  /** So many bytes of a stream in one event that does not end. */
  hugeStream:
    (bytes = 50 * 1024 * 1024): Behaviour =>
    async (response) => {
      response.writeHead(200, STREAM_TYPE);
      await writeMany(response, 'data: {"choices":[{"delta":{"content":"', bytes);
      response.end();
    },
  /** A good answer, or stream, one byte at a time. */
  dribble:
    (everyMs = 20): Behaviour =>
    async (response, call) => {
      const isStream = call.body['stream'] === true;
      const text = isStream
        ? chunksOf({}, call)
            .map((chunk) => `data: ${JSON.stringify(chunk)}\n\n`)
            .join('') + 'data: [DONE]\n\n'
        : JSON.stringify(bodyOf({}, call));
      response.writeHead(200, isStream ? STREAM_TYPE : JSON_TYPE);
      for (const byte of text) {
        if (response.destroyed) return;
        response.write(byte);
        await pause(everyMs);
      }
      response.end();
    },
  /** A stream that begins with these pieces and ends without a finish reason: cut, or closed in good order. */
  truncatedStream:
    (how: 'cut' | 'closed', pieces: readonly string[] = ['Fo', 'ur']): Behaviour =>
    async (response, call) => {
      const chunks = chunksOf({ pieces, usage: null }, call).slice(0, -1);
      if (how === 'closed') return streamOf(chunks, { isDone: false })(response, call);
      response.writeHead(200, STREAM_TYPE);
      for (const chunk of chunks) response.write(`data: ${JSON.stringify(chunk)}\n\n`);
      await pause(20);
      response.destroy();
    },
  /** A stream that says an error after these pieces; with a `status` inside the error where given. */
  errorInStream:
    (pieces: readonly string[] = ['Fo'], error: object = { message: 'overloaded' }): Behaviour =>
    (response, call) =>
      streamOf([...chunksOf({ pieces, usage: null }, call).slice(0, -1), { error }])(response, call),
  /** Says the caller's own API key; in a stream, cut into pieces of `size` characters. */
  echoKey:
    (size = 3): Behaviour =>
    (response, call) => {
      const said = `Your key is ${call.key}, is it not?`;
      const pieces = said.match(new RegExp(`.{1,${size}}`, 'gs')) ?? [];
      return answer({ text: said, pieces })(response, call);
    },
  echoKeyInError:
    (status = 400): Behaviour =>
    (response, call) =>
      fault.status(status, {}, `Incorrect API key provided: ${call.key}`)(response, call),
} as const;

async function writeMany(response: ServerResponse, beginning: string, bytes: number): Promise<void> {
  const block = 'x'.repeat(64 * 1024);
  response.write(beginning);
  for (let sent = beginning.length; sent < bytes && !response.destroyed; sent += block.length) {
    if (response.write(block)) continue;
    await new Promise<void>((resolve) => {
      const go = () => {
        response.off('drain', go).off('close', go);
        resolve();
      };
      response.on('drain', go).on('close', go);
    });
  }
}
