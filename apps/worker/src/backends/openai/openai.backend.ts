import { setTimeout as pause } from 'node:timers/promises';
import type { Response } from 'undici';
import { ENDPOINTS, type Endpoint, type GenerationTask } from '#common/contracts/generation.js';
import { retryAfterMs } from '#common/network/retry-after.js';
import type { Backend, CallOutcome, Checked, Garbled, Piece } from '../backend.js';
import { BackendConnection, type ConnectionSettings } from './backend-connection.js';
import { CallLimit } from './call-limit.js';
import { judgeAnswer } from './judge-answer.js';
import { isRefusal, judgeStatus } from './judge-status.js';
import { namedModels } from './named-models.js';
import { BrokenConnection, OversizedResponse, readText } from './read-body.js';
import { readStream } from './read-stream.js';
import { type Secret, secretOf } from './redact-key.js';
import { isWire, parseJson, type Wire } from './wire.js';

export interface OpenAiSettings extends ConnectionSettings {
  readonly id: string;
  /** For the whole call, up to the last byte, in milliseconds. */
  readonly timeoutMs: number;
  /** Appended to the base URL for a look at its health. Null: it is never looked at. */
  readonly healthPath: string | null;
}

const PATHS: Readonly<Record<Endpoint, string>> = {
  chat: '/chat/completions',
  completions: '/completions',
  embeddings: '/embeddings',
};
const ERROR_BYTES_MAX = 64 * 1024;
const ERROR_MS_MAX = 2_000;
const JSON_TYPE = /^application\/(?:[\w.-]+\+)?json\b/i;
const STREAM_TYPE = /^text\/event-stream\b/i;

const garbled = (because: Garbled): CallOutcome => ({ kind: 'garbled', because });

/** Anything that speaks OpenAI's API. It never retries: only the story in the worker does. Its key is never told on. */
export class OpenAiBackend implements Backend {
  readonly kind = 'openai';
  readonly endpoints = ENDPOINTS;
  readonly id: string;
  private readonly secret: Secret;
  private readonly connection: BackendConnection;

  constructor(private readonly settings: OpenAiSettings) {
    this.id = settings.id;
    this.secret = secretOf(settings.apiKey);
    this.connection = new BackendConnection(settings);
  }

  async call(
    task: GenerationTask,
    signal: AbortSignal,
    onPiece: (piece: Piece) => void,
  ): Promise<CallOutcome> {
    if (signal.aborted) return { kind: 'aborted' };
    const limit = new CallLimit(signal, this.settings.timeoutMs);
    try {
      return await this.ask(task, limit.signal, onPiece);
    } catch (error) {
      if (limit.isAborted) return { kind: 'aborted' };
      if (limit.isTimedOut) return { kind: 'unavailable', because: 'timeout' };
      if (error instanceof BrokenConnection) return { kind: 'unavailable', because: 'connection' };
      if (error instanceof OversizedResponse) return garbled('oversized');
      throw error;
    } finally {
      limit.end();
    }
  }

  async check(timeoutMs: number): Promise<Checked | null> {
    const { healthPath } = this.settings;
    if (healthPath === null) return null;
    const limit = new CallLimit(new AbortController().signal, timeoutMs);
    try {
      const response = await this.connection.get(healthPath, limit.signal);
      const models = response.ok ? namedModels(await textOrNothing(response), this.secret) : [];
      return { isWell: response.status < 500, models };
    } catch {
      return { isWell: false, models: [] };
    } finally {
      limit.end();
    }
  }

  private async ask(
    task: GenerationTask,
    signal: AbortSignal,
    onPiece: (piece: Piece) => void,
  ): Promise<CallOutcome> {
    const isStreamed = task.is_streamed && task.endpoint !== 'embeddings';
    const response = await this.connection.post(PATHS[task.endpoint], requestOf(task, isStreamed), signal);
    if (!response.ok) return this.judgeError(response);
    const type = response.headers.get('content-type');
    if (isStreamed && type !== null && STREAM_TYPE.test(type)) {
      return readStream(response, { task, secret: this.secret, onPiece }, signal);
    }
    if (type !== null && !JSON_TYPE.test(type)) return garbled(isEmpty(response) ? 'empty' : 'wrong-type');
    const outcome = judgeAnswer(await readText(response), task, this.secret);
    return isStreamed && outcome.kind === 'completed' ? garbled('wrong-type') : outcome;
  }

  private async judgeError(response: Response): Promise<CallOutcome> {
    const { status, headers } = response;
    const body = isRefusal(status) ? parseJson(await errorText(response)) : undefined;
    return judgeStatus({ status, retryAfterMs: retryAfterMs(headers, Date.now()), body }, this.secret);
  }
}

function requestOf({ model, body }: GenerationTask, isStreamed: boolean): Wire {
  if (!isStreamed) return { ...body, model };
  const options = body['stream_options'];
  return {
    ...body,
    model,
    stream: true,
    stream_options: { ...(isWire(options) ? options : {}), include_usage: true },
  };
}

const isEmpty = ({ body, headers }: Response): boolean =>
  body === null || headers.get('content-length') === '0';

/** The status has said what matters: a body that is endless, or slow to come, is not waited for. */
function errorText(response: Response): Promise<string> {
  const read = readText(response, ERROR_BYTES_MAX).catch(() => '');
  return Promise.race([read, pause(ERROR_MS_MAX, '', { ref: false })]);
}

const textOrNothing = (response: Response): Promise<string> => readText(response).catch(() => '');
