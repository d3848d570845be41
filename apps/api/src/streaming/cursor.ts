import type { Position, StreamEntry } from '#common/contracts/job-stream.js';
import type { WakeUp } from '#common/contracts/wake-up.js';
import type { Seen } from './event-id.js';
import type { Pieces } from './stream-event.js';

const NOTHING: Seen = { run: 0, seq: 0, chars: 0 };

/** The run of an answer that was not told as it came; no worker's run is so low. */
const UNTOLD_RUN = 1;

/** How far one follower has got: whatever it takes, its follower is told every token once, in order. */
export class Cursor {
  private seen: Seen;

  constructor(after: Seen | null) {
    this.seen = after ?? NOTHING;
  }

  /** The entry after which the stream is read; null: from its beginning. */
  get position(): Position | null {
    return this.seen.run === 0 ? null : this.seen;
  }

  /** Of an entry as it was published; null when it is known already, `gap` when others are missing before it. */
  hear(at: Position, entry: StreamEntry): Pieces | 'gap' | null {
    const { run, seq } = this.seen;
    if (this.knows(at)) return null;
    const isNext = at.run === run ? at.seq === seq + 1 : at.seq === 1;
    return isNext ? this.take(at, entry) : 'gap';
  }

  /** Of an entry as it was read, in the order of the stream. */
  read(at: Position, entry: StreamEntry): Pieces | null {
    return this.knows(at) ? null : this.take(at, entry);
  }

  /** What an ended job's stream did not tell of its answer: because it never was, or is not kept any more. */
  rest({ status, outcome }: WakeUp, isStreamKept: boolean): Pieces | null {
    if (status !== 'completed') return null;
    const { text = '', run = UNTOLD_RUN } = outcome ?? {};
    if (run !== this.seen.run) {
      if (text === '' && this.seen.run === 0) return null;
      return this.take({ run, seq: 1 }, { text });
    }
    const left = isStreamKept ? '' : text.slice(this.seen.chars);
    return left === '' ? null : this.take({ run, seq: this.seen.seq + 1 }, { text: left });
  }

  private knows({ run, seq }: Position): boolean {
    return run < this.seen.run || (run === this.seen.run && seq <= this.seen.seq);
  }

  private take({ run, seq }: Position, entry: StreamEntry): Pieces {
    const isSameRun = run === this.seen.run;
    const { chunks, backend, model } = entry;
    const chars = (isSameRun ? this.seen.chars : 0) + entry.text.length;
    const isRestart = !isSameRun && this.seen.run !== 0;
    this.seen = { run, seq, chars };
    return {
      kind: 'pieces',
      ...this.seen,
      isRestart,
      text: entry.text,
      ...(chunks === undefined ? {} : { chunks }),
      ...(backend === undefined ? {} : { backend }),
      ...(model === undefined ? {} : { model }),
    };
  }
}
