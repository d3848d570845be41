import type { SimulatorProfile } from '#common/config/config-file.js';
import type { Answer, GenerationTask } from '#common/contracts/generation.js';
import type { Backend, CallOutcome } from '../backend.js';
import { estimateInputTokens } from '#common/contracts/estimate-tokens.js';
import { createDice } from './dice.js';
import { drawCall } from './draw-call.js';
import type { ProfileOf } from './profiles.js';

export interface SimulatorSettings {
  readonly id: string;
  readonly models: readonly string[];
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
  readonly id: string;
  readonly models: readonly string[];
  private readonly seed: number;
  private readonly profileOf: ProfileOf;
  private calls = 0;

  constructor({ id, models, seed, profileOf }: SimulatorSettings) {
    this.id = id;
    this.models = models;
    this.seed = seed;
    this.profileOf = profileOf;
  }

  async call(task: GenerationTask, signal: AbortSignal): Promise<CallOutcome> {
    const profile = this.profileOf(task.model);
    const drawn = drawCall(profile, task.max_tokens, createDice(this.seed, this.calls++));
    if (signal.aborted) return { kind: 'aborted' };
    if (drawn.durationMs > 0 && !(await elapses(drawn.durationMs, signal))) return { kind: 'aborted' };
    if (drawn.isFailure) return FAILURES[profile.error_kind];
    return { kind: 'completed', answer: simulatedAnswer(task, drawn.outputTokens) };
  }
}

function simulatedAnswer(task: GenerationTask, outputTokens: number): Answer {
  const prompt = task.messages.findLast(({ role }) => role === 'user')?.content ?? '';
  // A code point has at most two units, so twice as many hold all that is echoed; Array.from never splits one.
  const echoed = Array.from(prompt.slice(0, 2 * ECHOED_CHARACTERS))
    .slice(0, ECHOED_CHARACTERS)
    .join('');
  return {
    text: `Simulated response to: ${echoed}...`,
    finishReason: outputTokens === task.max_tokens ? 'length' : 'stop',
    usage: { input_tokens: estimateInputTokens(task), output_tokens: outputTokens },
  };
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
