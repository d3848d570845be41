import type { SimulatorProfile } from '#common/config/backend-config.js';
import type { Answer, GenerationTask } from '#common/contracts/generation.js';
import { z } from 'zod';
import type { Backend, CallOutcome, Checked, Piece } from '../backend.js';
import { createDice } from './dice.js';
import { drawCall } from './draw-call.js';
import type { ProfileOf } from './profiles.js';

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

const ECHOED_CHARACTERS = 50;

/** A model that needs no network and costs nothing. The n-th call under one seed always goes the same way. */
export class SimulatorBackend implements Backend {
  readonly kind = 'simulator';
  readonly endpoints = ['chat'] as const;
  readonly id: string;
  private readonly seed: number;
  private readonly profileOf: ProfileOf;
  private calls = 0;

  constructor({ id, seed, profileOf }: SimulatorSettings) {
    this.id = id;
    this.seed = seed;
    this.profileOf = profileOf;
  }

  async call(
    task: GenerationTask,
    signal: AbortSignal,
    onPiece: (piece: Piece) => void,
  ): Promise<CallOutcome> {
    const profile = this.profileOf(task.model);
    const drawn = drawCall(profile, task.max_tokens, createDice(this.seed, this.calls++));
    if (signal.aborted) return { kind: 'aborted' };
    if (task.is_streamed && !drawn.isFailure) {
      const answer = simulatedAnswer(task, drawn.outputTokens);
      const words = answer.text.split(/(?<= )/);
      for (const text of words) {
        if (!(await elapses(drawn.durationMs / words.length, signal))) return { kind: 'aborted' };
        onPiece({ text });
      }
      return { kind: 'completed', answer };
    }
    if (drawn.durationMs > 0 && !(await elapses(drawn.durationMs, signal))) return { kind: 'aborted' };
    if (drawn.isFailure) return FAILURES[profile.error_kind];
    return { kind: 'completed', answer: simulatedAnswer(task, drawn.outputTokens) };
  }

  /** There is nothing to look at. */
  async check(): Promise<Checked | null> {
    return null;
  }
}

function simulatedAnswer(task: GenerationTask, outputTokens: number): Answer {
  const prompt = promptOf(task);
  // A code point has at most two units, so twice as many hold all that is echoed; Array.from never splits one.
  const echoed = Array.from(prompt.slice(0, 2 * ECHOED_CHARACTERS))
    .slice(0, ECHOED_CHARACTERS)
    .join('');
  return {
    text: `Simulated response to: ${echoed}...`,
    finishReason: outputTokens === task.max_tokens ? 'length' : 'stop',
    usage: { input_tokens: task.input_tokens, output_tokens: outputTokens },
  };
}

const chat = z.object({ messages: z.array(z.object({ role: z.string(), content: z.unknown() })) });

/** What the user said last, if it is a text. */
function promptOf({ body }: GenerationTask): string {
  const said = chat.safeParse(body).data?.messages.findLast(({ role }) => role === 'user')?.content;
  return typeof said === 'string' ? said : '';
}

/** False as soon as `signal` fires. Leaves neither timer nor listener behind. */
function elapses(durationMs: number, signal: AbortSignal): Promise<boolean> {
  return new Promise((resolve) => {
    const abandon = () => {
      clearTimeout(timer);
      resolve(false);
    };
    const timer = setTimeout(() => {
      signal.removeEventListener('abort', abandon);
      resolve(true);
    }, durationMs);
    signal.addEventListener('abort', abandon, { once: true });
  });
}
