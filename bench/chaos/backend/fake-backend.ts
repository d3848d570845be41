import type { IncomingMessage, ServerResponse } from 'node:http';
import { text } from 'node:stream/consumers';
import { setTimeout as pause } from 'node:timers/promises';
import { z } from 'zod';
import { findMarker } from '../client/marker.js';
import { HttpLogServer } from '../world/http-log-server.js';
import { type Behaviour, behaviourOf } from './answers.js';

/** One call as the backend saw it. Times are of this process (`performance.now`). */
export interface BackendCall {
  readonly marker: string;
  /** Which call for this marker it is, from 1 on. */
  readonly call: number;
  /** Who called, by the path it calls under. */
  readonly worker: string;
  readonly atMs: number;
  /** Null while it is open. */
  endedMs: number | null;
  /** Whether all of a good answer was written. */
  isAnswered: boolean;
}

const request = z.looseObject({ stream: z.boolean().optional(), stream_options: z.unknown().optional() });
const JSON_TYPE = { 'content-type': 'application/json' };
const USAGE = { prompt_tokens: 9, completion_tokens: 7, total_tokens: 16 };

/**
 * An OpenAI-compatible backend that logs each call by the marker in its prompt. Its URL is
 * `http://127.0.0.1:<port>/<worker>/v1`, so that it knows who calls.
 */
export class FakeBackend {
  readonly calls: BackendCall[] = [];
  private readonly counts = new Map<string, number>();
  private server: HttpLogServer | null = null;

  constructor(private readonly seed: number) {}

  async start(): Promise<number> {
    this.server = await HttpLogServer.start((asked, response) => this.serve(asked, response));
    return this.server.port;
  }

  async stop(): Promise<void> {
    await this.server?.stop();
  }

  private async serve(asked: IncomingMessage, response: ServerResponse): Promise<void> {
    const body = await text(asked);
    if (asked.method === 'GET') {
      response.writeHead(200, JSON_TYPE).end('{"object":"list","data":[]}');
      return;
    }
    const marker = findMarker(body) ?? 'none';
    const number = (this.counts.get(marker) ?? 0) + 1;
    this.counts.set(marker, number);
    const call: BackendCall = {
      marker,
      call: number,
      worker: asked.url?.split('/')[1] ?? '',
      atMs: performance.now(),
      endedMs: null,
      isAnswered: false,
    };
    this.calls.push(call);
    const hungUp = new AbortController();
    response.on('close', () => {
      call.endedMs = performance.now();
      hungUp.abort();
    });
    const isStreamed = request.parse(JSON.parse(body)).stream === true;
    await answer(response, call, {
      isStreamed,
      hungUp: hungUp.signal,
      ...behaviourOf(this.seed, marker, number),
    });
  }
}

interface Answering extends Behaviour {
  readonly isStreamed: boolean;
  readonly hungUp: AbortSignal;
}

async function answer(response: ServerResponse, call: BackendCall, how: Answering): Promise<void> {
  await pause(how.firstMs, undefined, { signal: how.hungUp });
  switch (how.mood) {
    case 'error':
      response.writeHead(500, JSON_TYPE).end('{"error":{"message":"out of order","type":"server_error"}}');
      return;
    case 'limited':
      response
        .writeHead(429, { ...JSON_TYPE, 'retry-after': '1' })
        .end('{"error":{"message":"too many","type":"rate_limit_error"}}');
      return;
    case 'broken':
      response.destroy();
      return;
    case 'well':
    case 'broken-midway':
      await (how.isStreamed ? stream(response, call, how) : whole(response, call, how));
  }
}

async function whole(
  response: ServerResponse,
  call: BackendCall,
  { mood, text: said }: Answering,
): Promise<void> {
  const message = { role: 'assistant', content: said };
  const body = JSON.stringify({
    id: 'chatcmpl-1',
    object: 'chat.completion',
    created: 1_700_000_000,
    model: 'chaos',
    choices: [{ index: 0, message, finish_reason: 'stop' }],
    usage: USAGE,
  });
  if (mood === 'broken-midway') {
    response.writeHead(200, { ...JSON_TYPE, 'content-length': Buffer.byteLength(body) });
    response.write(body.slice(0, body.length / 2), () => response.destroy());
    return;
  }
  // Before it is sent: whoever hears it shall find it in the log.
  call.isAnswered = true;
  response.writeHead(200, JSON_TYPE).end(body);
}

async function stream(response: ServerResponse, call: BackendCall, how: Answering): Promise<void> {
  const chunk = (delta: object, finish_reason: string | null, more: object = {}): void => {
    const choices = [{ index: 0, delta, finish_reason }];
    const head = {
      id: 'chatcmpl-1',
      object: 'chat.completion.chunk',
      created: 1_700_000_000,
      model: 'chaos',
    };
    response.write(`data: ${JSON.stringify({ ...head, choices, ...more })}\n\n`);
  };
  response.writeHead(200, { 'content-type': 'text/event-stream' });
  const pieces = how.text.split(/(?<= )/);
  for (const [at, content] of pieces.entries()) {
    if (at > 0) await pause(how.pieceMs, undefined, { signal: how.hungUp });
    chunk({ content }, null);
    if (how.mood === 'broken-midway' && at >= pieces.length / 2) {
      response.destroy();
      return;
    }
  }
  call.isAnswered = true;
  chunk({}, 'stop', { usage: USAGE });
  response.end('data: [DONE]\n\n');
}
