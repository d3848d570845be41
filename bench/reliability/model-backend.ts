import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { text } from 'node:stream/consumers';
import { z } from 'zod';

/** One call as the backend saw it. Times are `performance.now()`; null for what has not happened. */
export interface SeenCall {
  /** The last message: what a caller wrote is how its call is known again. */
  readonly prompt: string;
  readonly at: number;
  abortedAt: number | null;
}

const completionRequest = z.object({ messages: z.array(z.object({ content: z.string() })).min(1) });

const ANSWER = JSON.stringify({
  id: 'chatcmpl-1',
  object: 'chat.completion',
  created: 1,
  model: 'bench',
  choices: [{ index: 0, message: { role: 'assistant', content: 'Yes.' }, finish_reason: 'stop' }],
  usage: { prompt_tokens: 1, completion_tokens: 1 },
});

/** A model in this process that speaks OpenAI's format and remembers what it saw. It answers after `latencyMs`, or never. */
export class ModelBackend {
  readonly calls: SeenCall[] = [];
  private readonly server: Server;

  private constructor(private readonly latencyMs: number | null) {
    this.server = createServer((request, response) => {
      this.serve(request, response).catch(() => response.destroy());
    });
  }

  static async start(latencyMs: number | null): Promise<ModelBackend> {
    const backend = new ModelBackend(latencyMs);
    // A burst of a whole fleet's calls arrives at once.
    backend.server.listen({ port: 0, host: '127.0.0.1', backlog: 4_096 });
    await once(backend.server, 'listening');
    return backend;
  }

  /** As a backend of the configuration file. */
  config(connectionsMax: number): object {
    const address = this.server.address();
    const port = typeof address === 'object' && address !== null ? address.port : 0;
    const url = `http://127.0.0.1:${port}/v1`;
    return { id: 'model', kind: 'openai', url, max_connections: connectionsMax };
  }

  stop(): void {
    this.server.close();
    this.server.closeAllConnections();
  }

  private async serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const sent = await text(request);
    if (request.method !== 'POST') {
      response.writeHead(200, { 'content-type': 'application/json' }).end('{"object":"list","data":[]}');
      return;
    }
    const { messages } = completionRequest.parse(JSON.parse(sent));
    const seen: SeenCall = { prompt: messages.at(-1)?.content ?? '', at: performance.now(), abortedAt: null };
    this.calls.push(seen);
    response.on('error', () => undefined);
    const answer = (): void =>
      void response.writeHead(200, { 'content-type': 'application/json' }).end(ANSWER);
    const timer = this.latencyMs === null ? undefined : setTimeout(answer, this.latencyMs);
    response.on('close', () => {
      clearTimeout(timer);
      if (!response.writableFinished) seen.abortedAt = performance.now();
    });
  }
}
