import type { Answer, Outcome } from './answer.js';
import { EventReader, type SentEvent } from './event-reader.js';
import type { Heard } from './wire-format.js';

/** What of an answer comes from its body. */
type Read = Pick<Answer, 'outcome' | 'firstTokenAt' | 'gapsMs'>;

const NO_END: Outcome = { kind: 'failed', status: 'broken stream', code: '200, and no end of the stream' };

/** Reads a stream to its end, and when each piece of text came. */
export async function readStream(
  body: AsyncIterable<Uint8Array>,
  hear: (event: SentEvent) => Heard,
): Promise<Read> {
  const reader = new EventReader();
  const reading = new StreamReading();
  for await (const bytes of body) reading.take(reader.push(bytes).map(hear), performance.now());
  const { outcome, firstTokenAt, gapsMs } = reading;
  return { outcome, firstTokenAt, gapsMs };
}

class StreamReading {
  firstTokenAt: number | null = null;
  readonly gapsMs: number[] = [];
  outcome: Outcome = NO_END;
  private lastAt: number | null = null;
  private outputTokens: number | null = null;

  /** Pieces that came in one packet have no gap between them: the caller had both at once. */
  take(heard: readonly Heard[], now: number): void {
    for (const each of heard) this.hear(each);
    if (!heard.some(({ kind }) => kind === 'text')) return;
    if (this.lastAt !== null) this.gapsMs.push(now - this.lastAt);
    this.firstTokenAt ??= now;
    this.lastAt = now;
  }

  private hear(heard: Heard): void {
    if (heard.kind === 'usage') this.outputTokens = heard.outputTokens;
    if (heard.kind === 'failed')
      this.outcome = { kind: 'failed', status: 'failed stream', code: `200 ${heard.code}` };
    // OpenAI's [DONE] comes after an error, too.
    if (heard.kind !== 'end' || this.outcome !== NO_END) return;
    const outputTokens = heard.outputTokens ?? this.outputTokens;
    this.outcome = { ...heard, kind: 'generated', status: '200', outputTokens };
  }
}
