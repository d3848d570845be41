import OpenAI from 'openai';
import type { Dispatcher } from 'undici';
import type { GenerationTask } from '#common/contracts/generation.js';
import type { Backend, CallOutcome, Checked } from '../backend.js';
import { boundedFetch, boundedFetchThrough } from './bounded-fetch.js';
import { judgeFailure, judgeResponse } from './judge-response.js';

export interface OpenAiSettings {
  readonly id: string;
  readonly baseUrl: string;
  /** Without one, no Authorization header is sent. */
  readonly apiKey: string | undefined;
  /** For the whole call, up to the last byte, in milliseconds. */
  readonly timeoutMs: number;
  /** What opens the connections; without one, Node's own. */
  readonly dispatcher?: Dispatcher;
}

/** Node fires a longer timer at once. */
const TIMER_MS_MAX = 2 ** 31 - 1;

/** Anything that speaks OpenAI's chat completions. It never retries: only the story in the worker does. */
export class OpenAiBackend implements Backend {
  readonly kind = 'openai';
  readonly endpoints = ['chat'] as const;
  readonly id: string;
  private readonly timeoutMs: number;
  private readonly client: OpenAI;

  constructor(settings: OpenAiSettings) {
    this.id = settings.id;
    this.timeoutMs = Math.min(settings.timeoutMs, TIMER_MS_MAX);
    this.client = createClient(settings, this.timeoutMs);
  }

  async call(task: GenerationTask, signal: AbortSignal): Promise<CallOutcome> {
    if (signal.aborted) return { kind: 'aborted' };
    const cut = new AbortController();
    const abandon = () => cut.abort();
    signal.addEventListener('abort', abandon, { once: true });
    let isTimedOut = false;
    // The client's own timeout ends with the headers; a body that trickles would go on for ever.
    const timer = setTimeout(() => {
      isTimedOut = true;
      cut.abort();
    }, this.timeoutMs);
    try {
      return judgeResponse(await this.complete(task, cut.signal), task);
    } catch (error) {
      return judgeFailure(error, { isAborted: signal.aborted, isTimedOut, nowMs: Date.now() });
    } finally {
      clearTimeout(timer);
      signal.removeEventListener('abort', abandon);
    }
  }

  async check(): Promise<Checked | null> {
    return null;
  }

  /** `chat.completions.create` without its types, which trust the answer and refuse a tool message without an id. */
  private complete({ model, body }: GenerationTask, signal: AbortSignal): Promise<unknown> {
    return this.client.post<unknown>('/chat/completions', {
      body: { ...body, model },
      signal,
    });
  }
}

/** Every option that the client would otherwise take from the environment is said: another backend's key, log levels. */
function createClient({ baseUrl, apiKey, dispatcher }: OpenAiSettings, timeoutMs: number): OpenAI {
  return new OpenAI({
    baseURL: baseUrl,
    apiKey: apiKey ?? 'none',
    defaultHeaders: { Authorization: apiKey === undefined ? null : `Bearer ${apiKey}` },
    adminAPIKey: null,
    organization: null,
    project: null,
    webhookSecret: null,
    logLevel: 'off',
    maxRetries: 0,
    timeout: timeoutMs,
    fetch: dispatcher === undefined ? boundedFetch : boundedFetchThrough(dispatcher),
  });
}
