import { objectIn, textOf } from './answers.parser.js';
import { type JobNews, newsOf, placeText, problemText } from './prompt-words.js';
import { readEvents } from './read-events.js';

export interface JobAsked {
  readonly prompt: string;
  readonly model: string;
  readonly max_tokens: number;
  readonly priority: string;
  readonly stream: boolean;
}

const RETRY_MS = 1_000;
const RETRY_MS_MAX = 10_000;
const RETRIES_MAX = 20;
const LOOK_EVERY_MS = 1_500;

/** One job of the form: sent, followed to its end whatever connection breaks, and cancelled when that is wanted. */
export class JobRun {
  /** Null until it is accepted. */
  id: string | null = null;
  private isOver = false;
  private isQueued = true;
  private lastId: string | null = null;

  constructor(
    private readonly apiKey: string,
    private readonly tell: (news: JobNews) => void,
  ) {}

  async run(asked: JobAsked): Promise<void> {
    try {
      const answer = await this.ask('/generate', {
        method: 'POST',
        body: JSON.stringify({ ...asked, mode: 'async' }),
      });
      const body = objectIn(await answer.text());
      this.id = textOf(body, 'job_id');
      if (!answer.ok || this.id === null) {
        this.take({ kind: 'failed', text: problemText(body, answer.status) });
        return;
      }
      this.take({ kind: 'queued', text: placeText(body) });
      await Promise.all([this.follow(this.id), this.watchPlace(this.id)]);
    } catch {
      this.take({ kind: 'failed', text: 'The server cannot be reached. Nothing is known of the job.' });
    }
  }

  get hasEnded(): boolean {
    return this.isOver;
  }

  /** Answers why it is not cancelled, else null: then the stream tells of the end, as it does of any other. */
  async cancel(): Promise<string | null> {
    if (this.id === null || this.isOver) return null;
    try {
      const answer = await this.ask(`/jobs/${this.id}`, { method: 'DELETE' });
      return answer.ok ? null : problemText(objectIn(await answer.text()), answer.status);
    } catch {
      return 'The server cannot be reached.';
    }
  }

  /** Whoever follows a job may be cut off: it goes on after the last event that it has. */
  private async follow(id: string): Promise<void> {
    let waitMs = 0;
    for (let tries = 0; !this.isOver && tries < RETRIES_MAX; tries += 1) {
      await pause(waitMs);
      waitMs = await this.readStream(id).catch(() => RETRY_MS);
    }
    if (!this.isOver)
      this.take({ kind: 'failed', text: `The stream of the job broke off. See /jobs/${id}.` });
  }

  /** Answers when to come back, unless the job is over. */
  private async readStream(id: string): Promise<number> {
    const headers: Record<string, string> = this.lastId === null ? {} : { 'last-event-id': this.lastId };
    const answer = await this.ask(`/jobs/${id}/stream`, { headers });
    if (answer.status === 429) return retryMsOf(answer);
    if (answer.status >= 400 && answer.status < 500)
      this.take({ kind: 'failed', text: problemText(objectIn(await answer.text()), answer.status) });
    if (!answer.ok) return RETRY_MS;
    for await (const event of readEvents(answer)) {
      this.lastId = event.id ?? this.lastId;
      const news = newsOf(event);
      if (news !== null) this.take(news);
    }
    return RETRY_MS;
  }

  /** The stream says once where a job waits. */
  private async watchPlace(id: string): Promise<void> {
    for (;;) {
      await pause(LOOK_EVERY_MS);
      if (this.isOver || !this.isQueued) return;
      const answer = this.ask(`/jobs/${id}`, {}).then((said) => said.text());
      const job = objectIn(await answer.catch(() => ''));
      if (this.isWaiting() && textOf(job, 'status') === 'queued')
        this.take({ kind: 'queued', text: placeText(job) });
    }
  }

  private isWaiting(): boolean {
    return this.isQueued && !this.isOver;
  }

  private take(news: JobNews): void {
    if (this.isOver) return;
    this.isQueued = news.kind === 'queued';
    this.isOver = ['completed', 'cancelled', 'failed'].includes(news.kind);
    this.tell(news);
  }

  private ask(path: string, { headers, ...init }: RequestInit & { headers?: Record<string, string> }) {
    const key: Record<string, string> = this.apiKey === '' ? {} : { 'x-api-key': this.apiKey };
    const json: Record<string, string> =
      init.body === undefined ? {} : { 'content-type': 'application/json' };
    return fetch(path, { cache: 'no-store', ...init, headers: Object.assign({}, json, key, headers) });
  }
}

function retryMsOf({ headers }: Response): number {
  const seconds = Number(headers.get('retry-after') ?? '');
  return Math.max(RETRY_MS, Math.min(RETRY_MS_MAX, Number.isNaN(seconds) ? 0 : seconds * 1_000));
}

const pause = (ms: number): Promise<void> =>
  new Promise((resolve) => {
    window.setTimeout(resolve, ms);
  });
