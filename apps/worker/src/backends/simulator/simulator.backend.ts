import type { SimulatorProfile } from '#common/config/backend-config.js';
import { type Answer, ENDPOINTS, type GenerationTask } from '#common/contracts/generation.js';
import type { Backend, CallOutcome, Checked, Piece } from '../backend.js';
import { createDice } from './dice.js';
import { drawCall, type DrawnCall } from './draw-call.js';
import { elapses, paced } from './pace.js';
import type { ProfileOf } from './profiles.js';
import { simulatedEmbeddings } from './simulated-embeddings.js';
import { choicesOf, piecesOf, simulatedText } from './simulated-text.js';
import { SimulatedWire } from './simulated-wire.js';

export interface SimulatorSettings {
  readonly id: string;
  readonly seed: number;
  readonly profileOf: ProfileOf;
}

const FAILURES = {
  server_error: { kind: 'unavailable', because: 'server-error' },
  rate_limited: { kind: 'throttled', retryAfterMs: 1_000 },
  timeout: { kind: 'unavailable', because: 'timeout' },
  refused: { kind: 'refused', status: 400 },
  connection: { kind: 'unavailable', because: 'connection' },
} as const satisfies Record<SimulatorProfile['error_kind'], CallOutcome>;

const ABORTED: CallOutcome = { kind: 'aborted' };

/** A model that needs no network and costs nothing. The n-th call under one seed always goes the same way. */
export class SimulatorBackend implements Backend {
  readonly kind = 'simulator';
  readonly endpoints = ENDPOINTS;
  readonly id: string;
  private calls = 0;

  constructor(private readonly settings: SimulatorSettings) {
    this.id = settings.id;
  }

  async call(
    task: GenerationTask,
    signal: AbortSignal,
    onPiece: (piece: Piece) => void,
  ): Promise<CallOutcome> {
    const { seed, profileOf } = this.settings;
    const profile = profileOf(task.model);
    const number = this.calls++;
    const choices = task.endpoint === 'embeddings' ? 1 : choicesOf(task);
    const tokensMax = task.endpoint === 'embeddings' ? 0 : Math.floor(task.max_tokens / choices);
    const drawn = drawCall(profile, tokensMax, createDice(seed, number));
    if (signal.aborted) return ABORTED;
    if (drawn.isFailure || task.endpoint === 'embeddings') {
      const { latencyMs } = drawn;
      if (latencyMs > 0 && !(await elapses(latencyMs, signal))) return ABORTED;
      return drawn.isFailure ? FAILURES[profile.error_kind] : embedded(task);
    }
    const finishReason = drawn.outputTokens === tokensMax ? 'length' : 'stop';
    const usage = { input_tokens: task.input_tokens, output_tokens: drawn.outputTokens * choices };
    const answer = { text: simulatedText(task), finishReason, usage };
    const wire = new SimulatedWire(task, `${String(seed)}-${String(number)}`, Math.floor(Date.now() / 1_000));
    if (task.is_streamed) return this.stream({ task, drawn, answer, choices, wire }, signal, onPiece);
    if (drawn.durationMs > 0 && !(await elapses(drawn.durationMs, signal))) return ABORTED;
    return {
      kind: 'completed',
      answer: task.shape === 'wire' ? { ...answer, body: wire.body(answer, choices) } : answer,
    };
  }

  /** There is nothing to look at. */
  async check(): Promise<Checked | null> {
    return null;
  }

  private async stream(
    { task, drawn, answer, choices, wire }: Speech,
    signal: AbortSignal,
    onPiece: (piece: Piece) => void,
  ): Promise<CallOutcome> {
    const isWire = task.shape === 'wire';
    const pieces = piecesOf(answer.text);
    const tell = (number: number): void => {
      const text = pieces[number] ?? '';
      if (!isWire) {
        onPiece({ text });
        return;
      }
      if (number === 0) for (const chunk of wire.opening(choices)) onPiece({ text: '', chunk });
      for (let index = 0; index < choices; index++) {
        onPiece({ text: index === 0 ? text : '', chunk: wire.piece(index, text) });
      }
    };
    const times = { fromMs: drawn.latencyMs, untilMs: drawn.durationMs };
    if (!(await paced(pieces.length, times, signal, tell))) return ABORTED;
    if (isWire) for (const chunk of wire.closing(answer, choices)) onPiece({ text: '', chunk });
    return { kind: 'completed', answer };
  }
}

interface Speech {
  readonly task: GenerationTask;
  readonly drawn: DrawnCall;
  readonly answer: Answer;
  readonly choices: number;
  readonly wire: SimulatedWire;
}

function embedded(task: GenerationTask): CallOutcome {
  const outcome = simulatedEmbeddings(task);
  if (outcome.kind !== 'completed' || task.shape === 'wire') return outcome;
  const { body: _, ...answer } = outcome.answer;
  return { kind: 'completed', answer };
}
