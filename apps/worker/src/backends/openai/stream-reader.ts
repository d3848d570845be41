import type { GenerationTask } from '#common/contracts/generation.js';
import type { CallOutcome, Garbled, Piece } from '../backend.js';
import { ChunkRedactor } from './chunk-redactor.js';
import { EventDecoder, type ServerEvent } from './event-decoder.js';
import { judgeErrorObject } from './judge-status.js';
import type { Secret } from './redact-key.js';
import { StreamedAnswer } from './streamed-answer.js';
import { hasError, isWire, parseJson, type Wire } from './wire.js';

export interface StreamTelling {
  readonly task: GenerationTask;
  readonly secret: Secret;
  readonly onPiece: (piece: Piece) => void;
}

const garbled = (because: Garbled): CallOutcome => ({ kind: 'garbled', because });
const TRUNCATED = garbled('truncated');

/** Reads a stream in OpenAI's wire format as it comes, and tells its pieces. */
export class StreamReader {
  private readonly decoder = new EventDecoder();
  private readonly redactor: ChunkRedactor;
  private readonly answer: StreamedAnswer;
  private hasBytes = false;

  constructor(private readonly telling: StreamTelling) {
    this.redactor = new ChunkRedactor(telling.secret);
    this.answer = new StreamedAnswer(telling.task);
  }

  /**
   * Takes what came; null as long as the stream goes on.
   * @throws OversizedResponse
   */
  read(text: string): CallOutcome | null {
    if (text !== '') this.hasBytes = true;
    return this.hearAll(this.decoder.push(text));
  }

  /** The response ended in good order. */
  end(): CallOutcome {
    if (!this.hasBytes) return garbled('empty');
    const outcome = this.hearAll(this.decoder.end());
    return outcome ?? (this.answer.isWhole() ? this.finish() : TRUNCATED);
  }

  /** The connection broke; null when nothing had come. */
  cut(): CallOutcome | null {
    if (!this.hasBytes) return null;
    return this.answer.isWhole() ? this.finish() : TRUNCATED;
  }

  private hearAll(events: readonly ServerEvent[]): CallOutcome | null {
    for (const event of events) {
      const outcome = this.hear(event);
      if (outcome !== null) return outcome;
    }
    return null;
  }

  private hear({ event, data }: ServerEvent): CallOutcome | null {
    if (data.startsWith('[DONE]')) return this.finish();
    const chunk = parseJson(data);
    if (event === 'error' && !(isWire(chunk) && hasError(chunk))) return garbled('error-object');
    if (!isWire(chunk)) return garbled('not-json');
    const error = judgeErrorObject(chunk, this.telling.secret);
    if (error !== null) return error;
    for (const shown of this.redactor.redact(chunk)) this.tell(shown);
    return null;
  }

  private finish(): CallOutcome {
    if (!this.answer.hasBegun) return garbled('no-generation');
    for (const held of this.redactor.end()) this.tell(held);
    const { task, onPiece } = this.telling;
    const usage = this.answer.missingUsage();
    if (usage !== null && task.shape === 'wire') onPiece({ text: '', chunk: usage });
    return { kind: 'completed', answer: this.answer.answer() };
  }

  private tell(chunk: Wire): void {
    const { task, onPiece } = this.telling;
    const text = this.answer.add(chunk);
    if (task.shape === 'wire') onPiece({ text, chunk });
    else if (text !== '') onPiece({ text });
  }
}
