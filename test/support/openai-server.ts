import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { answer, models } from './openai-answers.js';
import type { Behaviour, ModelCall } from './openai-behaviour.js';

/**
 * An OpenAI-compatible model in this process, that does what a test says:
 *
 *     const model = await OpenAiServer.start();
 *     model.next(fault.html(), answer({ text: 'Better.' })); // the next two calls; all others get the usual answer
 *     … call `model.url` …
 *     expect(model.calls).toHaveLength(2);
 *     await model.stop();
 *
 * `answer` and `streamOf` are in openai-answers.ts, `fault` is in openai-faults.ts.
 */
export class OpenAiServer {
  /** The POSTs, in the order in which they came. */
  readonly calls: ModelCall[] = [];
  /** The GETs: looks at /models by health checks. */
  readonly looks: ModelCall[] = [];
  /** For POSTs when `next` is used up. */
  usual: Behaviour = answer();
  /** For GETs. */
  look: Behaviour = models();
  /** How many were opened. */
  connections = 0;
  private queued: Behaviour[] = [];
  private readonly server: Server;
  private port = 0;

  private constructor() {
    this.server = createServer((request, response) => {
      // A caller that hangs up while it sends, or a behaviour that writes to a closed socket, is no defect of a test.
      this.serve(request, response).catch(() => response.destroy());
    });
    this.server.on('connection', () => this.connections++);
  }

  static async start(): Promise<OpenAiServer> {
    const server = new OpenAiServer();
    await server.up();
    return server;
  }

  /** The base URL for a backend's `url`. */
  get url(): string {
    return `http://127.0.0.1:${this.port}/v1`;
  }

  /** Does each of these with one of the next POSTs. */
  next(...behaviours: readonly Behaviour[]): void {
    this.queued.push(...behaviours);
  }

  /** Forgets what was called and what was to come next. */
  forget(): void {
    this.calls.length = 0;
    this.looks.length = 0;
    this.queued = [];
  }

  /** Connections are refused until `up`; open ones are cut. */
  async down(): Promise<void> {
    if (!this.server.listening) return;
    this.server.close();
    this.server.closeAllConnections();
    await once(this.server, 'close');
  }

  /** Listens, on the same port as before. */
  async up(): Promise<void> {
    this.server.listen(this.port, '127.0.0.1');
    await once(this.server, 'listening');
    this.port = (this.server.address() as AddressInfo).port;
  }

  async stop(): Promise<void> {
    await this.down();
  }

  private async serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const sent = await text(request);
    const call: ModelCall = {
      method: request.method ?? '',
      path: request.url ?? '',
      headers: request.headers,
      key: request.headers.authorization?.replace(/^Bearer /, '') ?? '',
      body: sent === '' ? {} : (JSON.parse(sent) as Record<string, unknown>),
      at: performance.now(),
      abortedAfterMs: null,
      isAnswered: false,
    };
    response.on('error', () => undefined);
    response.on('close', () => {
      if (response.writableFinished) call.isAnswered = true;
      else call.abortedAfterMs = performance.now() - call.at;
    });
    if (call.method === 'GET') {
      this.looks.push(call);
      await this.look(response, call);
      return;
    }
    this.calls.push(call);
    await (this.queued.shift() ?? this.usual)(response, call);
  }
}
