import type { ScalingDecision, ScalingOrder } from '#common/contracts/scaling.js';
import { isQuiet } from './bounds.policy.js';
import { queue } from './queue.policy.js';
import type { Decide, Decided, PoolReading, ScalingConfig, ScalingMemory } from './scaling.js';
import { BLIND_TICKS, serviceAfter, shown, type Situation, situationOf } from './situation.policy.js';
import { slo } from './slo.policy.js';
import { Steps } from './steps.policy.js';
import { threshold } from './threshold.policy.js';
import { undrainOf, victimsOf } from './victims.policy.js';

const COUNTS_KEPT_MS = 15_000;

/**
 * How many workers a pool is to have, and why. In this order: an order that replaces all else; how much can be seen; the
 * policy's needs, floors and limits; the mode. See docs/scaling.md.
 */
export const decide: Decide = (reading, memory, config) => {
  const steps = new Steps();
  if (reading.instances === null) return unseen(steps, memory, config);
  const at = situationOf(
    reading,
    { ...memory, ...observed(reading, memory, config) },
    config,
    reading.instances,
  );
  const learned = want(steps, at);
  if (config.mode === 'up-only') steps.floor('up_only', at.current);
  const decision = decisionOf(steps, at);
  const isActing = decision.action !== 'hold' && config.mode !== 'observe';
  return {
    decision,
    memory: {
      ...at.memory,
      ...learned,
      desired: decision.desired,
      counts: countsOf(at),
      ...(isActing ? { acted_ms: reading.now_ms } : {}),
    },
  };
};

/** Whoever runs the workers does not say which there are, so nothing can be wanted that was not wanted before. */
function unseen(steps: Steps, memory: ScalingMemory, { policy }: ScalingConfig): Decided {
  const desired = memory.desired ?? 0;
  steps.set('instances_unknown', desired);
  const decision: ScalingDecision = {
    policy,
    current: desired,
    desired,
    action: 'hold',
    victims: [],
    undrain: [],
    reasons: [...steps.reasons],
  };
  return { decision, memory };
}

/**
 * What is remembered of every reading, whatever decides. After a gap in sight, what was known is known no more; a shorter one
 * breaks no quiet, because arrivals are counted over 20 s.
 */
function observed(reading: PoolReading, memory: ScalingMemory, { tick_s }: ScalingConfig): ScalingMemory {
  const { now_ms, age_s, queue, arrivals } = reading;
  const { since_ms = now_ms, seen_ms = now_ms } = memory;
  const isGap = now_ms - seen_ms > BLIND_TICKS * tick_s * 1_000;
  const isUnknown = queue === null || arrivals === null;
  const quietSince = isGap ? null : (memory.idle_since_ms ?? null);
  return {
    since_ms: isGap ? now_ms : since_ms,
    seen_ms: isUnknown ? seen_ms : Math.max(seen_ms, now_ms - age_s * 1_000),
    service: serviceAfter(reading, memory),
    idle_since_ms: isUnknown ? quietSince : isQuiet(reading) ? (quietSince ?? now_ms) : null,
  };
}

function want(steps: Steps, at: Situation): ScalingMemory {
  const { reading, config, current } = at;
  const order = overrideOf(reading.orders);
  if (order !== null) {
    const facts = { source: order.source, because: order.because, until_ms: order.until_ms };
    steps.set(`order_${order.kind}`, order.workers ?? current, facts);
    if (order.kind === 'fixed') steps.ceiling('max', config.max);
    return {};
  }
  if (at.sight === 'blind') {
    steps.set('blind', Math.max(current, config.fallback), { age_seconds: shown(reading.age_s) });
    steps.floor('min', config.min);
    steps.ceiling('max', Math.max(current, config.max));
    return {};
  }
  switch (config.policy) {
    case 'slo':
      return slo(steps, at);
    case 'threshold':
      return threshold(steps, at);
    case 'queue':
      return queue(steps, at);
  }
}

/** A pause comes before a number: who pauses wants to look. */
function overrideOf(orders: readonly ScalingOrder[]): ScalingOrder | null {
  return orders.find(({ kind }) => kind === 'pause') ?? orders.find(({ kind }) => kind === 'fixed') ?? null;
}

function decisionOf(steps: Steps, { current, instances, config }: Situation): ScalingDecision {
  const desired = steps.workers;
  return {
    policy: config.policy,
    current,
    desired,
    action: desired > current ? 'up' : desired < current ? 'down' : 'hold',
    victims: victimsOf(instances, current - desired),
    undrain: undrainOf(instances, desired - current),
    reasons: [...steps.reasons],
  };
}

/** Kept as long as a moment of the last 15 s is in it. */
function countsOf({ memory, reading, current }: Situation): NonNullable<ScalingMemory['counts']> {
  const known = memory.counts ?? [];
  const all = known.at(-1)?.[1] === current ? known : [...known, [reading.now_ms, current] as const];
  return all.filter((_, index) => (all[index + 1]?.[0] ?? reading.now_ms) >= reading.now_ms - COUNTS_KEPT_MS);
}
