import { awake, ceilings, floors, settling } from './bounds.policy.js';
import type { ScalingMemory } from './scaling.js';
import { shown, type Situation } from './situation.policy.js';
import type { Steps } from './steps.policy.js';

/**
 * The original system's rule: one more when two of processor, memory and response time are high, one less when all are
 * low, then rest for the cooldown. What is unknown is neither high nor low.
 */
export function threshold(steps: Steps, at: Situation): ScalingMemory {
  const { reading, memory, config, current } = at;
  const { usage, response_s } = reading;
  const t = config.threshold;
  const facts = {
    cpu: usage === null ? null : shown(usage.cpu),
    memory: usage === null ? null : shown(usage.memory),
    response_seconds: response_s === null ? null : shown(response_s),
  };
  const high = [
    usage !== null && usage.cpu > t.cpu_up,
    usage !== null && usage.memory > t.memory_up,
    response_s !== null && response_s > t.response_up_s,
  ].filter(Boolean).length;
  const isLow =
    usage !== null &&
    usage.cpu < t.cpu_down &&
    usage.memory < t.memory_down &&
    response_s !== null &&
    response_s < t.response_down_s;
  const restedMs = memory.acted_ms === undefined ? Infinity : reading.now_ms - memory.acted_ms;
  if (restedMs < t.cooldown_s * 1_000) {
    steps.set('cooldown', current, { seconds_left: shown(t.cooldown_s - restedMs / 1_000) });
  } else if (high >= 2) steps.set('threshold_high', current + 1, facts);
  else if (isLow) steps.set('threshold_low', Math.max(0, current - 1), facts);
  else steps.set('threshold_between', current, facts);
  if (at.sight === 'stale') steps.floor('stale', current);
  settling(steps, at);
  floors(steps, at);
  awake(steps, at);
  ceilings(steps, at);
  return {};
}
