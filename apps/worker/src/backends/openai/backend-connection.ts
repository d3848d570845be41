import OpenAI from 'openai';
import { Agent, type Dispatcher, fetch, type Response } from 'undici';
import { traceHeaders } from '#common/observability/tracing.js';
import { VERSION } from '#common/version.js';
import { BrokenConnection } from './read-body.js';

export interface ConnectionSettings {
  readonly baseUrl: string;
  /** Without one, no Authorization header is sent. */
  readonly apiKey: string | undefined;
  /** What opens the sockets; without one, anybody may be called. */
  readonly dispatcher?: Dispatcher;
}

interface BackendRequest {
  readonly method: 'get' | 'post';
  readonly path: string;
  readonly body?: object;
  /** Besides those of the client. */
  readonly headers?: Readonly<Record<string, string>>;
}

/** Every option is said that the client would otherwise take from the environment: another backend's key, log levels. */
const clientOf = (baseURL: string, apiKey: string | undefined): OpenAI =>
  new OpenAI({
    baseURL,
    apiKey: apiKey ?? 'none',
    adminAPIKey: null,
    organization: null,
    project: null,
    webhookSecret: null,
    logLevel: 'off',
    maxRetries: 0,
    defaultHeaders: {
      Authorization: apiKey === undefined ? null : `Bearer ${apiKey}`,
      'User-Agent': `sluice/${VERSION}`,
      // Compression would hold back tokens.
      'Accept-Encoding': 'identity',
    },
  });

/**
 * HTTP to one backend. OpenAI's client makes the requests. It does not send them: it would follow redirects, which carry prompts
 * elsewhere, read without a bound, and take a stream that was cut for a whole one. No request is repeated here.
 */
export class BackendConnection {
  private readonly client: OpenAI;
  private readonly dispatcher: Dispatcher;

  constructor({ baseUrl, apiKey, dispatcher = new Agent() }: ConnectionSettings) {
    this.client = clientOf(baseUrl, apiKey);
    this.dispatcher = withoutTimeouts(dispatcher);
  }

  /**
   * With the `traceparent` of the active span, while something is traced.
   * @throws BrokenConnection
   */
  post(path: string, body: object, signal: AbortSignal): Promise<Response> {
    return this.send({ method: 'post', path, body, headers: traceHeaders() }, signal);
  }

  /** @throws BrokenConnection */
  get(path: string, signal: AbortSignal): Promise<Response> {
    return this.send({ method: 'get', path }, signal);
  }

  private async send({ headers = {}, ...request }: BackendRequest, signal: AbortSignal): Promise<Response> {
    const { url, req } = await this.client.buildRequest(request);
    try {
      return await fetch(url, {
        method: request.method.toUpperCase(),
        headers: [...new Headers(req.headers).entries(), ...Object.entries(headers)],
        ...(typeof req.body === 'string' ? { body: req.body } : {}),
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
