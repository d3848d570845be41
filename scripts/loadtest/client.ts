import { Pool } from 'undici';
import { LaunchError } from '../local/launch-error.js';
import type { Answer, Outcome } from './answer.js';
import type { Drawn } from './mix.js';
import type { LoadOptions } from './options.js';
import { readStream } from './read-stream.js';
import { outcomeOfRefusal, outcomeOfTrouble } from './trouble.js';
import { wireOf } from './wire.js';
import type { HeaderOf, WireFormat } from './wire-format.js';

const REACHABLE_MS_MAX = 5_000;
const CONNECT_MS_MAX = 10_000;
/** Longer than any test needs a connection to lie idle; a server that closes earlier says so. */
const KEEP_ALIVE_MS = 60_000;

type Body = Awaited<ReturnType<Pool['request']>>['body'];
type Read = Pick<Answer, 'outcome' | 'firstTokenAt' | 'gapsMs'>;

/**
 * Sends requests over connections that are kept, one request at a time on each. There are as many as requests in flight: one
 * that waited here for a connection would be measured as if the server had it.
 */
export class Client {
  private readonly pool: Pool;
  private readonly base: URL;
  private readonly wire: WireFormat;
  private readonly underWay = new Set<AbortController>();
  private isStopped = false;

  constructor(private readonly options: LoadOptions) {
    this.base = new URL(options.url);
    this.wire = wireOf(options.route);
    this.pool = new Pool(this.base.origin, {
      connections: null,
      pipelining: 1,
      keepAliveTimeout: KEEP_ALIVE_MS,
      connect: { timeout: CONNECT_MS_MAX },
      // The time of a request is bounded as a whole.
      headersTimeout: 0,
      bodyTimeout: 0,
    });
  }

  /** @throws LaunchError when nobody answers HTTP there. */
  async checkReachable(): Promise<void> {
    try {
      const { body } = await this.pool.request({
        path: this.base.pathname,
        method: 'HEAD',
        signal: AbortSignal.timeout(REACHABLE_MS_MAX),
      });
      await body.dump();
    } catch (error) {
      const { code } = outcomeOfTrouble(error);
      throw new LaunchError(
        `Nothing answers at ${this.options.url} (${code}): start Sluice with npm start, or say where it is with --url.`,
      );
    }
  }

  /** Never rejects. */
  async send(request: Drawn, dueAt: number): Promise<Answer> {
    const sentAt = performance.now();
    const cut = new AbortController();
    const timer = setTimeout(() => cut.abort(new DOMException('', 'TimeoutError')), this.options.timeoutMs);
    this.underWay.add(cut);
    try {
      const read = await this.ask(request, cut.signal);
      return { request, dueAt, sentAt, endedAt: performance.now(), ...read };
    } catch (error) {
      const outcome: Outcome = this.isStopped ? { kind: 'cut' } : outcomeOfTrouble(error);
      return { request, dueAt, sentAt, endedAt: performance.now(), firstTokenAt: null, gapsMs: [], outcome };
    } finally {
      clearTimeout(timer);
      this.underWay.delete(cut);
    }
  }

  /** What is under way is cut off. */
  async stop(): Promise<void> {
    this.isStopped = true;
    for (const cut of this.underWay) cut.abort();
    await this.pool.destroy();
  }

  private async ask(request: Drawn, signal: AbortSignal): Promise<Read> {
    const { isStreamed } = this.options;
    const { statusCode, headers, body } = await this.pool.request({
      path: `${this.base.pathname.replace(/\/$/, '')}${this.wire.path}`,
      method: 'POST',
      headers: headersOf(request),
      body: JSON.stringify(this.wire.bodyOf(request, isStreamed)),
      signal,
    });
    const header: HeaderOf = (name) => [headers[name]].flat()[0] ?? null;
    if (statusCode !== 200)
      return { outcome: outcomeOfRefusal(await body.text(), statusCode), firstTokenAt: null, gapsMs: [] };
    if (isStreamed) return readStream(body, (event) => this.wire.hear(event, header));
    return { outcome: await this.whole(body, header), firstTokenAt: null, gapsMs: [] };
  }

  private async whole(body: Body, header: HeaderOf): Promise<Outcome> {
    return { kind: 'generated', status: '200', ...this.wire.read(await body.json(), header) };
  }
}

function headersOf({ caller, userId }: Drawn): Record<string, string> {
  const key = caller.key === null ? {} : { 'x-api-key': caller.key };
  return { 'content-type': 'application/json', 'x-user-id': userId, ...key };
}
