import { type Dispatcher, request } from 'undici';
import { ANSWER_KEPT_BYTES, type WebhookSecret } from '#common/contracts/webhook.js';
import { retryAfterMs } from '#common/network/retry-after.js';
import { VERSION } from '#common/version.js';
import { failureSentence } from './failure-sentence.policy.js';
import type { Sent } from './sent.policy.js';
import { signatureOf } from './signature.js';

const CALL_MS_MAX = 15_000;
const TOO_LATE = new Error('the receiver took too long');
const ANSWER_BYTES_MAX = 64 * 1024;

export interface Letter {
  readonly id: string;
  readonly url: string;
  readonly body: string;
  readonly secret: WebhookSecret;
}

/** HTTP to receivers: signed by Standard Webhooks 1.0, no redirect followed, nothing read beyond 64 KiB, 15 s in all. */
export class WebhookSender {
  constructor(
    /** What opens the sockets: to public addresses and allowed hosts only. */
    private readonly dispatcher: Dispatcher,
    private readonly callMsMax = CALL_MS_MAX,
  ) {}

  /** Null when `stopping` cut the call short. */
  async send(letter: Letter, stopping: AbortSignal): Promise<Sent | null> {
    // Not AbortSignal.any: `stopping` lives as long as the process, and would keep a trace of every call.
    const call = new AbortController();
    const cut = (): void => {
      call.abort();
    };
    const tooLate = setTimeout(() => {
      call.abort(TOO_LATE);
    }, this.callMsMax);
    stopping.addEventListener('abort', cut);
    if (stopping.aborted) cut();
    try {
      return await this.post(letter, call.signal);
    } catch (error) {
      if (call.signal.reason === TOO_LATE)
        return { kind: 'unanswered', because: `no answer within ${this.callMsMax / 1_000} s` };
      if (stopping.aborted) return null;
      return { kind: 'unanswered', because: failureSentence(codeOf(error)) };
    } finally {
      clearTimeout(tooLate);
      stopping.removeEventListener('abort', cut);
    }
  }

  async close(): Promise<void> {
    await this.dispatcher.destroy();
  }

  private async post({ id, url, body, secret }: Letter, signal: AbortSignal): Promise<Sent> {
    const nowMs = Date.now();
    const timestamp = Math.floor(nowMs / 1_000);
    const answer = await request(url, {
      method: 'POST',
      body,
      headers: {
        'content-type': 'application/json',
        'user-agent': `Sluice/${VERSION}`,
        'webhook-id': id,
        'webhook-timestamp': String(timestamp),
        'webhook-signature': signatureOf({ id, timestamp, body }, secret, nowMs),
      },
      dispatcher: this.dispatcher,
      signal,
      // The signal ends a call.
      headersTimeout: 0,
      bodyTimeout: 0,
    });
    const named = new Map(Object.entries(answer.headers).map(([name, value]) => [name, String(value)]));
    return {
      kind: 'answered',
      status: answer.statusCode,
      retryAfterMs: retryAfterMs({ get: (name) => named.get(name) ?? null }, nowMs),
      answer: await beginningOf(answer.body),
    };
  }
}

/** The status has said what counts, so a body that breaks off or never ends is taken as far as it came. */
async function beginningOf(body: AsyncIterable<unknown>): Promise<string> {
  const kept: Uint8Array[] = [];
  let bytes = 0;
  try {
    for await (const piece of body) {
      if (!(piece instanceof Uint8Array)) break;
      if (bytes < ANSWER_KEPT_BYTES) kept.push(piece);
      bytes += piece.byteLength;
      // Leaving the loop closes the connection.
      if (bytes >= ANSWER_BYTES_MAX) break;
    }
  } catch {
    // As above.
  }
  return legible(Buffer.concat(kept).subarray(0, ANSWER_KEPT_BYTES));
}

/** Text that PostgreSQL takes and a terminal bears: no control characters but line ends and tabs, no half character at the end. */
const legible = (bytes: Uint8Array): string =>
  new TextDecoder()
    .decode(bytes, { stream: true })
    .replaceAll(/[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u2028-\u202e\u2066-\u2069]/g, ' ');

function codeOf(error: unknown): string {
  if (typeof error !== 'object' || error === null) return '';
  if ('code' in error && typeof error.code === 'string') return error.code;
  return 'cause' in error ? codeOf(error.cause) : '';
}
