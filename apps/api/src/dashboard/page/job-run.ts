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

  /** The stream tells of the end, as it does of any other. */
  async cancel(): Promise<void> {
    if (this.id === null || this.isOver) return;
    await this.ask(`/jobs/${this.id}`, { method: 'DELETE' }).catch(() => undefined);
  }

  /** Whoever follows a job may be cut off: it goes on after the last event that it has. */
  private async follow(id: string): Promise<void> {
    for (let retries = 0; !this.isOver && retries < RETRIES_MAX; retries += 1) {
      if (retries > 0) await pause(RETRY_MS);
      await this.readStream(id).catch(() => undefined);
    }
    if (!this.isOver)
      this.take({ kind: 'failed', text: `The stream of the job broke off. See /jobs/${id}.` });
  }

  private async readStream(id: string): Promise<void> {
    const headers: Record<string, string> = this.lastId === null ? {} : { 'last-event-id': this.lastId };
    const answer = await this.ask(`/jobs/${id}/stream`, { headers });
    if (answer.status >= 400 && answer.status < 500) {
      this.take({ kind: 'failed', text: problemText(objectIn(await answer.text()), answer.status) });
      return;
    }
    if (!answer.ok) return;
    for await (const event of readEvents(answer)) {
      this.lastId = event.id ?? this.lastId;
      const news = newsOf(event);
      if (news !== null) this.take(news);
    }
  }

  /** The stream says once where a job waits. */
  private async watchPlace(id: string): Promise<void> {
    for (;;) {
      await pause(LOOK_EVERY_MS);
      if (this.isOver || !this.isQueued) return;
      const answer = await this.ask(`/jobs/${id}`, {}).catch(() => null);
      const job = objectIn((await answer?.text()) ?? '');
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

const pause = (ms: number): Promise<void> =>
  new Promise((resolve) => {
    window.setTimeout(resolve, ms);
  });
