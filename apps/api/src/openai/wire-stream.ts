import { Refusal } from '#common/errors/refusal.js';
import type { StreamEvent } from '../streaming/stream-event.js';
import { refusalOf, tooLate } from './wire-answer.js';
import type { WireChunks } from './wire-chunks.js';

const WAITING = ': waiting\n\n';
const DONE = 'data: [DONE]\n\n';

export interface WireStreamParts {
  readonly jobId: string;
  readonly events: AsyncGenerator<StreamEvent, void, undefined>;
  readonly chunks: WireChunks;
  /** When the caller's patience ends, by `performance.now()`. */
  readonly lateAt: number;
  /** Stops following, and cancels the job unless its caller can come back for it. */
  readonly abandon: () => void;
  /** Whose the answer is; told of a job that completed. */
  readonly onDone: (backendId: string) => void;
}

/** What is known when the first bytes are about to be sent. */
export interface Opened {
  /** To be sent first. */
  readonly beginning: string;
  readonly isOver: boolean;
  readonly backend: string | null;
  /** When the job began to run, by `performance.now()`; null when this process was not told. */
  readonly ranAt: number | null;
}

interface Step {
  readonly text: string;
  readonly isOver: boolean;
  readonly backend?: string | undefined;
}

/** One job's tokens on their way to its caller, as server-sent events in OpenAI's wire format. */
export class WireStream {
  private hasSent = false;
  private ranAt: number | null = null;

  constructor(private readonly parts: WireStreamParts) {}

  /**
   * Resolves when there is something to send: the first chunks, or a comment after 10 s in which nothing was heard.
   * @throws Refusal for a job that ends without an answer before: its caller then gets it with its status.
   */
  async open(): Promise<Opened> {
    for (;;) {
      const { text: beginning, isOver, backend = null } = await this.step();
      if (beginning !== '') return { beginning, isOver, backend, ranAt: this.ranAt };
    }
  }

  /** What follows the beginning. @throws Refusal as `open` does: its caller then gets it in the stream. */
  async *rest(): AsyncGenerator<string, void, undefined> {
    try {
      for (;;) {
        const { text, isOver } = await this.step();
        if (text !== '') yield text;
        if (isOver) return;
      }
    } finally {
      this.letGo();
    }
  }

  private letGo(): void {
    void this.parts.events.return();
  }

  /** Whatever ends it, the events are let go: they hold a place among those who follow the job. */
  private async step(): Promise<Step> {
    let isOver = true;
    try {
      const step = await this.heard();
      isOver = step.isOver;
      return step;
    } finally {
      if (isOver) this.letGo();
    }
  }

  private async heard(): Promise<Step> {
    const { jobId, chunks, abandon } = this.parts;
    const event = await this.next();
    switch (event.kind) {
      case 'status':
        if (event.status === 'running') this.ranAt ??= performance.now();
        return { text: '', isOver: false };
      case 'silence':
        return { text: WAITING, isOver: false };
      case 'pieces':
        if (event.isRestart && this.hasSent) {
          abandon();
          throw new Refusal('stream_interrupted', { jobId });
        }
        return { text: this.written(chunks.of(event)), isOver: false, backend: event.backend };
      case 'settled': {
        if (event.settled.status !== 'completed') throw refusalOf(event.settled);
        const text = this.written(chunks.end(event.settled)) + DONE;
        const backend = event.settled.outcome?.backend_id;
        this.parts.onDone(backend ?? '');
        return { text, isOver: true, backend };
      }
    }
  }

  /** @throws Refusal when there is no further event: too late, or this process stops. */
  private async next(): Promise<StreamEvent> {
    const { events, jobId, lateAt, abandon } = this.parts;
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<null>((resolve) => {
      timer = setTimeout(resolve, lateAt - performance.now(), null);
    });
    try {
      const next = await Promise.race([events.next(), late]);
      if (next === null) throw tooLate(jobId);
      if (next.done !== true) return next.value;
    } finally {
      clearTimeout(timer);
    }
    abandon();
    throw new Refusal('stopping', { jobId });
  }

  private written(chunks: readonly object[]): string {
    if (chunks.length > 0) this.hasSent = true;
    return chunks.map((chunk) => `data: ${JSON.stringify(chunk)}\n\n`).join('');
  }
}
