import type { GenerationTask } from '#common/contracts/generation.js';
import type { Outcome } from '#common/contracts/outcome.js';
import type { WakeUp } from '#common/contracts/wake-up.js';
import { Refusal } from '#common/errors/refusal.js';
import type { Pieces } from '../streaming/stream-event.js';
import { wireUsageOf } from './built-body.js';

type Chunk = Readonly<Record<string, unknown>>;

export interface WireChunksParts {
  readonly task: GenerationTask;
  readonly jobId: string;
  /** Whether the caller asked for a last chunk with the usage (`stream_options.include_usage`). */
  readonly includesUsage: boolean;
}

/** The head of chunks that we make ourselves: that of the first one the backend sent. */
interface Head {
  readonly id: string;
  readonly object: unknown;
  readonly created: unknown;
  readonly model: unknown;
}

/**
 * What a stream consists of: the backend's chunks under one id, and, where the backend left it out, its end. The worker
 * always asks for the usage; who did not ask for it is not told.
 */
export class WireChunks {
  private head: Head | null = null;
  private isFinished = false;
  private isUsageTold = false;

  constructor(private readonly parts: WireChunksParts) {}

  of({ chunks, text, model }: Pieces): Chunk[] {
    if (chunks !== undefined) return chunks.flatMap((chunk) => this.told(chunk));
    return text === '' ? [] : [this.made({ text }, this.headOf({ model }))];
  }

  /**
   * What is still to be told when the job has completed.
   * @throws Refusal stream_interrupted when nothing of the answer is kept but its text, and that is not all of it.
   */
  end({ outcome }: WakeUp): Chunk[] {
    const { finish_reason = 'stop', model } = outcome ?? {};
    const head = this.headOf({ model });
    const last: Chunk[] = [];
    if (!this.isFinished) {
      if (this.isMoreThanText(finish_reason))
        throw new Refusal('stream_interrupted', { jobId: this.parts.jobId });
      last.push(this.made({ finish_reason }, head));
    }
    return [...last, ...this.usage(outcome, head)];
  }

  private told(chunk: Chunk): Chunk[] {
    const { usage, ...rest } = chunk;
    const { id } = this.headOf(chunk);
    const choices: readonly unknown[] = Array.isArray(chunk['choices']) ? chunk['choices'] : [];
    if (choices.length === 0 && isObject(usage)) {
      this.isUsageTold = true;
      return this.parts.includesUsage ? [{ ...chunk, id }] : [];
    }
    this.isFinished ||= choices.some(isLast);
    const isUsageShown = usage !== undefined && (this.parts.includesUsage || usage !== null);
    return [{ ...rest, id, ...(isUsageShown ? { usage } : {}) }];
  }

  private headOf({ id, object, created, model }: Chunk): Head {
    const { task, jobId } = this.parts;
    const isChat = task.endpoint === 'chat';
    this.head ??= {
      id: typeof id === 'string' && id !== '' ? id : `${isChat ? 'chatcmpl' : 'cmpl'}-${jobId}`,
      object: object ?? (isChat ? 'chat.completion.chunk' : 'text_completion'),
      created: created ?? Math.floor(Date.now() / 1_000),
      model: model ?? task.model,
    };
    return this.head;
  }

  private made({ text, finish_reason = null }: { text?: string; finish_reason?: string | null }, head: Head) {
    const said =
      this.parts.task.endpoint === 'chat'
        ? { delta: text === undefined ? {} : { role: 'assistant', content: text } }
        : { text: text ?? '' };
    return { ...head, choices: [{ index: 0, ...said, finish_reason }] };
  }

  private isMoreThanText(finishReason: string): boolean {
    const { n } = this.parts.task.body;
    return (typeof n === 'number' && n > 1) || !['stop', 'length'].includes(finishReason);
  }

  private usage(outcome: Outcome | null, head: Head): Chunk[] {
    const usage = outcome === null ? null : wireUsageOf(outcome);
    if (!this.parts.includesUsage || this.isUsageTold || usage === null) return [];
    return [{ ...head, choices: [], usage }];
  }
}

const isObject = (value: unknown): value is object => typeof value === 'object' && value !== null;

const isLast = (choice: unknown): boolean =>
  isObject(choice) && 'finish_reason' in choice && typeof choice.finish_reason === 'string';
