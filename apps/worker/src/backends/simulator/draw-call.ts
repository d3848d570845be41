import type { SimulatorProfile } from '#common/config/backend-config.js';
import { type Dice, normalDeviate } from './dice.js';

/** Node fires a longer timer at once. */
const TIMER_MS_MAX = 2 ** 31 - 1;
/** The seed draws its tokens between this and max_tokens. */
const OUTPUT_TOKENS_MIN = 50;

/** How one simulated call goes. */
export interface DrawnCall {
  readonly isFailure: boolean;
  /** Until the first token or the failure, in milliseconds. */
  readonly latencyMs: number;
  readonly outputTokens: number;
  /** Until the last token or the failure, in milliseconds. */
  readonly durationMs: number;
}

/**
 * Latency is log-normal: median × e^(sigma × z), z standard normal. A failure comes when the first token would have come.
 * Every call takes the same throws in the same order, so that changing a profile does not shuffle what else happens.
 */
export function drawCall(profile: SimulatorProfile, maxTokens: number, dice: Dice): DrawnCall {
  const spread = Math.exp(profile.latency_sigma * normalDeviate(dice));
  const latencyMs = Math.min(profile.latency_ms * spread, TIMER_MS_MAX);
  const fewest = Math.min(OUTPUT_TOKENS_MIN, maxTokens);
  const outputTokens = fewest + Math.floor(dice() * (maxTokens - fewest + 1));
  const isFailure = dice() < profile.error_rate;
  const generationMs = isFailure ? 0 : generationTimeMs(outputTokens, profile.tokens_per_second);
  return { isFailure, latencyMs, outputTokens, durationMs: Math.min(latencyMs + generationMs, TIMER_MS_MAX) };
}

function generationTimeMs(tokens: number, tokensPerSecond: number): number {
  return tokensPerSecond === 0 ? 0 : (tokens / tokensPerSecond) * 1_000;
}
