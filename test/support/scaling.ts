import fc from 'fast-check';
import {
  INSTANCE_STATES,
  SCALER_MODES,
  SCALING_ORDERS,
  SCALING_POLICIES,
  SCALING_PROFILES,
  type ScalingOrder,
  type SeenInstance,
} from '#common/contracts/scaling.js';
import { poolScaling, type PoolScalingConfig } from '#common/config/scaling-config.js';
import type { z } from 'zod';
import { decide } from '../../apps/scaler/src/policy/decide.policy.js';
import type { PoolReading, ScalingConfig, ScalingMemory } from '../../apps/scaler/src/policy/scaling.js';
import { counts } from '../../apps/scaler/src/policy/victims.policy.js';
import { scalingConfigOf } from '../../apps/scaler/src/policy/scaling-config.policy.js';

/** Four slots, two seconds a tick, min 1 and max 10 unless told otherwise. */
export function aConfig(changes: z.input<typeof poolScaling> = {}): ScalingConfig {
  const scaling: PoolScalingConfig = poolScaling.parse({ min: 1, max: 10, ...changes });
  return scalingConfigOf(scaling, { mode: 'full', tick_s: 2, slots: 4 });
}

export const anInstance = (name: string, changes: Partial<SeenInstance> = {}): SeenInstance => ({
  name,
  worker_id: `worker-${name}`,
  state: 'ready',
  slots: 4,
  active: 0,
  born_ms: 0,
  is_outdated: false,
  ...changes,
});

export const readyInstances = (count: number, slots: number): SeenInstance[] =>
  Array.from({ length: count }, (_, index) => anInstance(`w${index}`, { slots }));

/** Two ready workers with little to do. */
export const aReading = (changes: Partial<PoolReading> = {}): PoolReading => ({
  now_ms: 1_000_000,
  age_s: 0,
  queue: { ready: 0, active: 1, deferred: 0, due: 0, head_wait_s: null },
  arrivals: { latest: 0.1, fast: 0.1, slow: 0.1, slower: 0.1 },
  service: { mean_s: 5, scv: 1, samples: 100 },
  outcomes: null,
  instances: readyInstances(2, 4),
  foreign_slots: 0,
  cold_start: { mean_s: 18, p90_s: 20, samples: 20 },
  usage: null,
  response_s: null,
  forecast: null,
  scheduled_floor: 0,
  orders: [],
  backends: { max_connections: null },
  budget_workers: null,
  ...changes,
});

export const anOrder = (kind: ScalingOrder['kind'], workers: number | null): ScalingOrder => ({
  id: kind,
  kind,
  workers,
  until_ms: 2_000_000,
  source: 'admin',
  because: 'test',
});

export const NO_OUTCOMES = {
  succeeded: 0,
  backend_5xx: 0,
  timeout: 0,
  rate_limited: 0,
  no_backend: 0,
  job_bug: 0,
  crash: 0,
};

/** What is wanted, tick by tick, in an unchanging world in which it happens at once. */
export function settle(
  reading: PoolReading,
  config: ScalingConfig,
  { ticks }: { readonly ticks: number },
): number[] {
  let memory: ScalingMemory = {};
  let workers = (reading.instances ?? []).filter(counts).length;
  return Array.from({ length: ticks }, (_, tick) => {
    const now_ms = reading.now_ms + tick * config.tick_s * 1_000;
    const instances = readyInstances(workers, config.slots);
    const decided = decide({ ...reading, now_ms, instances }, memory, config);
    memory = decided.memory;
    workers = decided.decision.desired;
    return workers;
  });
}

const number = (max: number) => fc.double({ min: 0, max, noNaN: true, noDefaultInfinity: true });
const orNull = <T>(of: fc.Arbitrary<T>) => fc.option(of, { nil: null, freq: 8 });

const instances = fc
  .array(
    fc.record({
      state: fc.constantFrom(...INSTANCE_STATES),
      active: fc.nat(6),
      born_ms: fc.nat(1_000_000),
      is_outdated: fc.boolean(),
    }),
    { maxLength: 30 },
  )
  .map((all) =>
    all.map((each, index) => {
      const unborn = each.state === 'starting' ? { active: 0, slots: 0 } : {};
      return anInstance(`w${index}`, { ...each, ...unborn });
    }),
  );

export const readings: fc.Arbitrary<PoolReading> = fc.record({
  now_ms: fc.constant(1_000_000),
  age_s: fc.oneof(fc.constant(0), number(60)),
  queue: orNull(
    fc.record({
      ready: fc.nat(2_000),
      active: fc.nat(200),
      deferred: fc.nat(50),
      due: fc.nat(50),
      head_wait_s: orNull(number(600)),
    }),
  ),
  arrivals: orNull(fc.record({ latest: number(60), fast: number(60), slow: number(60), slower: number(60) })),
  service: orNull(
    fc.record({
      mean_s: fc.double({ min: 0.01, max: 120, noNaN: true }),
      scv: number(9),
      samples: fc.nat(1_000),
    }),
  ),
  outcomes: orNull(
    fc.record({
      succeeded: fc.nat(40),
      backend_5xx: fc.nat(20),
      timeout: fc.nat(20),
      rate_limited: fc.nat(20),
      no_backend: fc.nat(20),
      job_bug: fc.nat(20),
      crash: fc.nat(5),
    }),
  ),
  instances: orNull(instances),
  foreign_slots: fc.nat(12),
  cold_start: fc.record({ mean_s: number(60), p90_s: number(60), samples: fc.nat(20) }),
  usage: orNull(fc.record({ cpu: number(1), memory: number(1) })),
  response_s: orNull(number(60)),
  forecast: orNull(
    fc.record({ offered_slots: number(100), is_trusted: fc.boolean(), model: fc.constant('yesterday') }),
  ),
  scheduled_floor: fc.nat(8),
  orders: fc.array(
    fc.record({
      id: fc.constantFrom('one', 'other'),
      kind: fc.constantFrom(...SCALING_ORDERS),
      workers: fc.nat(30),
      until_ms: fc.constant(2_000_000),
      source: fc.constantFrom('admin' as const, 'alert' as const),
      because: fc.constant('a test'),
    }),
    { maxLength: 2 },
  ),
  backends: fc.record({ max_connections: orNull(fc.nat(100)) }),
  budget_workers: orNull(fc.nat(20)),
});

export const memories: fc.Arbitrary<ScalingMemory> = fc.record(
  {
    since_ms: fc.integer({ min: 0, max: 1_000_000 }),
    desired: fc.nat(30),
    peaks: fc.constantFrom<ScalingMemory['peaks'] & object>(
      [],
      [[950_000, 9]],
      [
        [900_000, 12],
        [990_000, 3],
      ],
    ),
    surge_until_ms: orNull(fc.integer({ min: 900_000, max: 1_060_000 })),
    guard: orNull(fc.record({ since_ms: fc.integer({ min: 500_000, max: 1_000_000 }), workers: fc.nat(30) })),
    counts: fc.constantFrom<ScalingMemory['counts'] & object>(
      [],
      [[960_000, 4]],
      [
        [950_000, 2],
        [990_000, 9],
      ],
    ),
    idle_since_ms: orNull(fc.integer({ min: 0, max: 1_000_000 })),
    acted_ms: fc.integer({ min: 600_000, max: 1_000_000 }),
  },
  { requiredKeys: [] },
);

export const configs: fc.Arbitrary<ScalingConfig> = fc
  .record({
    policy: fc.constantFrom(...SCALING_POLICIES),
    profile: fc.constantFrom(...SCALING_PROFILES),
    min: fc.nat(4),
    above: fc.nat(40),
    slots: fc.integer({ min: 1, max: 16 }),
    mode: fc.constantFrom(...SCALER_MODES),
  })
  .map(({ policy, profile, min, above, slots, mode }) =>
    scalingConfigOf(poolScaling.parse({ policy, profile, min, max: Math.max(1, min + above) }), {
      mode,
      tick_s: 2,
      slots,
    }),
  );
