import type { Snapshot } from '../snapshot.js';
import { objectIn, objectOf, snapshotIn, textOf } from './answers.parser.js';
import { readEvents } from './read-events.js';
import type { SentEvent } from './sent-events.js';

export type Connection =
  | { readonly kind: 'connecting' | 'live' }
  /** The server answers, and cannot read its store. */
  | { readonly kind: 'troubled'; readonly because: string }
  | { readonly kind: 'reconnecting'; readonly because: string }
  | { readonly kind: 'signed-out' };

export interface LiveListener {
  readonly onSnapshot: (snapshot: Snapshot) => void;
  readonly onConnection: (connection: Connection) => void;
}

const RETRY_MS = 1_000;
const RETRY_MS_MAX = 10_000;
/** The server says something each second; after so long without a word the connection is dead. */
const SILENCE_MS_MAX = 15_000;

/** Follows the server's snapshots, and comes back whenever the connection ends. While nobody sees the page it rests. */
export class Live {
  private failures = 0;
  private current = new AbortController();

  constructor(private readonly listener: LiveListener) {}

  async run(): Promise<never> {
    document.addEventListener('visibilitychange', () => {
      if (document.hidden) this.current.abort();
    });
    for (;;) {
      await whileHidden();
      await this.follow();
      await pause(Math.min(RETRY_MS_MAX, this.failures * RETRY_MS));
    }
  }

  private async follow(): Promise<void> {
    this.current = new AbortController();
    const { signal } = this.current;
    let silence = 0;
    const heard = (): void => {
      window.clearTimeout(silence);
      silence = window.setTimeout(() => {
        this.current.abort();
      }, SILENCE_MS_MAX);
    };
    heard();
    try {
      const response = await fetch('/dashboard/events', { signal, cache: 'no-store' });
      if (response.ok) await this.read(response, heard);
      else await this.refused(response);
    } catch {
      this.lost('The server cannot be reached.');
    } finally {
      window.clearTimeout(silence);
    }
  }

  private async read(response: Response, heard: () => void): Promise<void> {
    let isHeard = false;
    for await (const event of readEvents(response)) {
      heard();
      isHeard = true;
      this.failures = 0;
      this.take(event);
    }
    // It would be asked again at once, and again.
    if (!isHeard) this.lost('The server ended the connection without a word.');
  }

  private take({ event, data }: SentEvent): void {
    if (event === 'trouble') {
      const because = textOf(objectIn(data), 'message') ?? 'The figures cannot be read.';
      this.listener.onConnection({ kind: 'troubled', because });
      return;
    }
    const snapshot = event === 'snapshot' ? snapshotIn(data) : null;
    if (snapshot === null) return;
    this.listener.onConnection({ kind: 'live' });
    this.listener.onSnapshot(snapshot);
  }

  private async refused(response: Response): Promise<void> {
    const error = objectOf(objectIn(await response.text()), 'error');
    if (textOf(error, 'code') === 'admin_required') {
      this.failures = RETRY_MS_MAX / RETRY_MS;
      this.listener.onConnection({ kind: 'signed-out' });
      return;
    }
    this.lost(textOf(error, 'message') ?? `The server answered ${response.status}.`);
  }

  private lost(because: string): void {
    if (document.hidden) return;
    this.failures += 1;
    this.listener.onConnection({ kind: 'reconnecting', because });
  }
}

const pause = (ms: number): Promise<void> =>
  new Promise((resolve) => {
    window.setTimeout(resolve, ms);
  });

function whileHidden(): Promise<void> {
  return new Promise((resolve) => {
    const look = (): void => {
      if (document.hidden) return;
      document.removeEventListener('visibilitychange', look);
      resolve();
    };
    document.addEventListener('visibilitychange', look);
    look();
  });
}
