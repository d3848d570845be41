import type { BeganMessage, StreamMessage } from '#common/contracts/job-stream.js';
import { positionOf } from '#common/contracts/job-stream.js';
import { isFinal } from '#common/contracts/job-status.js';
import type { WakeUp } from '#common/contracts/wake-up.js';
import { isDefect } from '#common/errors/is-defect.js';
import { Cursor } from './cursor.js';
import type { Ear } from './ear.js';
import type { Seen } from './event-id.js';
import type { StreamEvent } from './stream-event.js';
import type { StreamReader } from './stream.reader.js';

/** Pub/sub forgets: whoever has heard nothing for so long reads the stream. */
const LOOK_EVERY_MS = 2_000;
/** While Redis is away. */
const READ_AGAIN_MS = 500;
const SILENCE_MS = 10_000;

export interface FollowingParts {
  readonly jobId: string;
  /** It is expected before it is queued: there is nothing to read yet. */
  readonly isNew: boolean;
  readonly ear: Ear;
  readonly reader: StreamReader;
  /** The job's settlement, or null when it was not told within so many milliseconds, or `signal` fired. */
  readonly settlement: (withinMs: number, signal: AbortSignal) => Promise<WakeUp | null>;
  readonly forget: () => void;
}

/** What an iteration is told from. */
interface Telling {
  readonly cursor: Cursor;
  status: 'queued' | 'running' | null;
}

/** One follower of one job. It hears from when it was made; `forget` it, or let its events end. */
export class Following {
  private end: { readonly settled: WakeUp | null } | null = null;
  private isRedisAway = false;
  private isKept = false;

  constructor(private readonly parts: FollowingParts) {}

  get isSettled(): boolean {
    return this.end !== null && this.end.settled !== null;
  }

  forget(): void {
    this.parts.forget();
  }

  /**
   * What becomes of the job: once only. Ends after `settled`, or without it when `signal` fires, `withinMs` has passed or
   * this process stops. Whoever has seen all up to `after` is told what follows, or all of a newer run.
   */
  async *events(
    { after, withinMs }: { readonly after: Seen | null; readonly withinMs: number },
    signal: AbortSignal,
  ): AsyncGenerator<StreamEvent, void, undefined> {
    const { ear, isNew } = this.parts;
    const telling: Telling = { cursor: new Cursor(after), status: null };
    void this.awaitEnd(withinMs, signal);
    const deadline = performance.now() + withinMs;
    let toldAt = performance.now();
    try {
      if (isNew) yield* tellStatus(telling, 'queued');
      else ear.deafen();
      for (;;) {
        const { end } = this;
        for await (const event of this.look(telling, end?.settled ?? null)) {
          yield event;
          toldAt = performance.now();
        }
        const settled = this.isRedisAway ? null : (end?.settled ?? null);
        if (settled !== null) yield { kind: 'settled', settled };
        const isGivenUp = end?.settled === null || performance.now() > deadline;
        if (settled !== null || isGivenUp || signal.aborted) return;
        if (performance.now() - toldAt >= SILENCE_MS) {
          yield { kind: 'silence' };
          toldAt = performance.now();
        }
        if (!(await ear.next(this.isRedisAway ? READ_AGAIN_MS : LOOK_EVERY_MS))) ear.deafen();
      }
    } finally {
      this.forget();
    }
  }

  private async awaitEnd(withinMs: number, signal: AbortSignal): Promise<void> {
    const settled = await this.parts.settlement(withinMs, signal);
    this.end = { settled };
    this.parts.ear.wake();
  }

  /** What there is to tell now. After a settlement nothing more can come: the stream is read once more. */
  private async *look(telling: Telling, settled: WakeUp | null): AsyncGenerator<StreamEvent> {
    const { ear } = this.parts;
    if (settled === null && !ear.isDeaf) yield* this.tellHeard(telling);
    if (settled === null && !ear.isDeaf) return;
    try {
      yield* this.tellRead(telling);
      this.isRedisAway = false;
    } catch (error) {
      if (isDefect(error)) throw error;
      this.isRedisAway = true;
      ear.deafen();
      return;
    }
    const rest = settled === null ? null : telling.cursor.rest(settled, this.isKept);
    if (rest !== null) yield rest;
  }

  private *tellHeard(telling: Telling): Generator<StreamEvent> {
    for (const message of this.parts.ear.take()) {
      const event = pieceOf(message, telling.cursor);
      if (event === 'gap') {
        this.parts.ear.deafen();
        return;
      }
      if ('began' in message || event !== null) yield* tellStatus(telling, 'running');
      if (event !== null) yield event;
    }
  }

  private async *tellRead(telling: Telling): AsyncGenerator<StreamEvent> {
    const { ear, reader, jobId } = this.parts;
    for (;;) {
      ear.listenAgain();
      const part = await reader.after(jobId, telling.cursor.position);
      this.isKept = part.isKept;
      if (part.status === null) this.end ??= { settled: null };
      else if (!isFinal(part.status)) yield* tellStatus(telling, part.status);
      for (const { entry, ...at } of part.entries) {
        const event = telling.cursor.read(at, entry);
        if (event !== null) yield event;
      }
      if (!part.isMore) return;
    }
  }
}

function pieceOf(message: StreamMessage | BeganMessage, cursor: Cursor) {
  if ('began' in message) return null;
  return message.fields === null ? 'gap' : cursor.hear(positionOf(message.entry), message.fields);
}

/** A status is told when it changes. */
function* tellStatus(telling: Telling, status: 'queued' | 'running'): Generator<StreamEvent> {
  if (telling.status === status) return;
  telling.status = status;
  yield { kind: 'status', status };
}
