import { Agent, type Dispatcher, fetch, type Response } from 'undici';
import { VERSION } from '#common/version.js';
import { BrokenConnection } from './read-body.js';

export interface ConnectionSettings {
  readonly baseUrl: string;
  /** Without one, no Authorization header is sent. */
  readonly apiKey: string | undefined;
  /** What opens the sockets; without one, anybody may be called. */
  readonly dispatcher?: Dispatcher;
}

/** HTTP to one backend. It follows no redirect, which would carry prompts elsewhere, and never repeats a request. */
export class BackendConnection {
  private readonly baseUrl: string;
  private readonly headers: Readonly<Record<string, string>>;
  private readonly dispatcher: Dispatcher;

  constructor({ baseUrl, apiKey, dispatcher = new Agent() }: ConnectionSettings) {
    this.baseUrl = baseUrl.replace(/\/+$/, '');
    this.headers = {
      'user-agent': `sluice/${VERSION}`,
      // Compression would hold back tokens.
      'accept-encoding': 'identity',
      ...(apiKey === undefined ? {} : { authorization: `Bearer ${apiKey}` }),
    };
    this.dispatcher = withoutTimeouts(dispatcher);
  }

  /** @throws BrokenConnection */
  post(path: string, body: object, signal: AbortSignal): Promise<Response> {
    return this.send(path, { method: 'POST', body: JSON.stringify(body) }, signal);
  }

  /** @throws BrokenConnection */
  get(path: string, signal: AbortSignal): Promise<Response> {
    return this.send(path, { method: 'GET' }, signal);
  }

  private async send(
    path: string,
    request: { method: string; body?: string },
    signal: AbortSignal,
  ): Promise<Response> {
    const headers = request.body === undefined ? {} : { 'content-type': 'application/json' };
    try {
      return await fetch(`${this.baseUrl}${path}`, {
        ...request,
        headers: { ...this.headers, ...headers },
        redirect: 'manual',
        dispatcher: this.dispatcher,
        signal,
      });
    } catch (cause) {
      throw new BrokenConnection('there is no connection', { cause });
    }
  }
}

/** The caller's signal ends a call; undici's own five minutes would end it earlier. */
const withoutTimeouts = (dispatcher: Dispatcher): Dispatcher =>
  dispatcher.compose(
    (dispatch) => (options, handler) => dispatch({ ...options, headersTimeout: 0, bodyTimeout: 0 }, handler),
  );
