import { z } from 'zod';
import type { Answer, GenerationTask, Usage } from '#common/contracts/generation.js';
import { modelSaid } from './model-said.js';
import { RESPONSE_BYTES_MAX, OversizedResponse } from './read-body.js';
import { countedUsage, estimatedUsage, wireUsage } from './tokens-used.js';
import { finishReason, said, type Wire, writtenIn } from './wire.js';

const streamedChoice = z.object({
  index: z.number().catch(0),
  /** Of chats. */
  delta: said.partial().nullish().catch(null),
  /** Of text completions. */
  text: z.string().nullish().catch(null),
  finish_reason: finishReason,
});
const streamedChunk = z.object({ choices: z.array(streamedChoice).catch([]) });

/** What the chunks of a stream amount to. */
export class StreamedAnswer {
  /** Any choice began. */
  hasBegun = false;
  private text = '';
  private written = '';
  private usage: Usage | null = null;
  private last: Wire = {};
  private readonly finished = new Map<number, string | null>();

  constructor(private readonly task: GenerationTask) {}

  /**
   * Takes a chunk and gives the text of its first choice.
   * @throws OversizedResponse
   */
  add(chunk: Wire): string {
    this.last = chunk;
    this.usage = countedUsage(chunk['usage']) ?? this.usage;
    let text = '';
    for (const choice of streamedChunk.safeParse(chunk).data?.choices ?? []) {
      this.hasBegun = true;
      const { index, delta, finish_reason } = choice;
      this.finished.set(index, finish_reason ?? this.finished.get(index) ?? null);
      this.written += (choice.text ?? '') + (delta ? writtenIn(delta) : '');
      if (index === 0) text += choice.text ?? delta?.content ?? '';
    }
    this.text += text;
    if (this.written.length > RESPONSE_BYTES_MAX) throw new OversizedResponse();
    return text;
  }

  /** Every choice that began has ended. */
  isWhole(): boolean {
    return this.hasBegun && [...this.finished.values()].every((reason) => reason !== null);
  }

  /** The last chunk that its caller may have asked for and the backend did not send; null where it did. */
  missingUsage(): Wire | null {
    if (this.usage !== null) return null;
    const { choices: _, usage: __, ...head } = this.last;
    return { ...head, choices: [], usage: wireUsage(estimatedUsage(this.task, this.written)) };
  }

  answer(): Answer {
    return {
      text: this.text,
      finishReason: this.finished.get(0) ?? 'stop',
      usage: this.usage ?? estimatedUsage(this.task, this.written),
      // What was heard is redacted already.
      ...modelSaid(this.last, null),
    };
  }
}
