import { awake, ceilings, floors, settling } from './bounds.policy.js';
import { failures } from './guard.policy.js';
import type { ScalingMemory } from './scaling.js';
import { shown, type Situation, workersFor } from './situation.policy.js';
import type { Steps } from './steps.policy.js';

const OUTCOMES_MIN = 8;

/** So many waiting jobs for each worker; one more while the next job has waited too long; nobody while backends fail. */
export function queue(steps: Steps, at: Situation): ScalingMemory {
  const { reading, memory, config, current } = at;
  const { depth_per_worker, wait_s, error_share, cooldown_s } = config.queue;
  if (reading.queue !== null) {
    const { ready, active, head_wait_s } = reading.queue;
    steps.need('depth', Math.ceil(ready / depth_per_worker), { waiting_jobs: ready, depth_per_worker });
    steps.need('busy', workersFor(active, at), { running_jobs: active });
    if (head_wait_s !== null && head_wait_s > wait_s) {
      steps.need('waits_too_long', current + 1, { wait_seconds: shown(head_wait_s) });
    }
  }
  floors(steps, at);
  awake(steps, at);
  const restedMs = memory.acted_ms === undefined ? Infinity : reading.now_ms - memory.acted_ms;
  if (steps.workers < current) {
    if (at.sight === 'stale') steps.floor('stale', current);
    settling(steps, at);
    if (restedMs < cooldown_s * 1_000) steps.floor('cooldown', current);
    steps.floor('one_at_a_time', current - 1);
  }
  ceilings(steps, at);
  if (reading.outcomes === null) return {};
  const { failed, share } = failures(reading.outcomes);
  if (failed >= OUTCOMES_MIN && share > error_share) {
    steps.ceiling('errors', Math.max(config.min, current), { error_share: shown(share) });
  }
  return {};
}
