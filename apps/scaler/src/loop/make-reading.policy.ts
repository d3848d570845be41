import type { ScalingOrder } from '#common/contracts/scaling.js';
import {
  OUTCOME_CLASSES,
  type OutcomeClass,
  type WorkerPresence,
} from '#common/contracts/worker-presence.js';
import type { InstanceUsage } from '../drivers/driver.js';
import type { Outcomes, PoolReading } from '../policy/scaling.js';
import type { PoolSights } from './senses.js';
import type { Seen } from './see-instances.policy.js';

export interface ReadingParts {
  readonly now_ms: number;
  readonly age_s: number;
  /** The last good ones; null: there were none yet. */
  readonly sights: PoolSights | null;
  readonly orders: readonly ScalingOrder[];
  readonly seen: Seen;
  readonly crashes: number;
  readonly cold_start: PoolReading['cold_start'];
  /** What the driver measures; null: it measures nothing, and heartbeats say. */
  readonly usage: ReadonlyMap<string, InstanceUsage> | null;
  readonly forecast: PoolReading['forecast'];
  readonly scheduled_floor: number;
}

/** Puts together what is known of a pool. */
export function makeReading(parts: ReadingParts): PoolReading {
  const { sights, seen } = parts;
  return {
    now_ms: parts.now_ms,
    age_s: parts.age_s,
    queue: sights?.queue ?? null,
    arrivals: sights?.arrivals ?? null,
    service: sights?.service ?? null,
    outcomes: sights === null ? null : outcomesOf(sights.presences, parts.crashes),
    instances: seen.instances,
    foreign_slots: seen.foreign.slots,
    cold_start: parts.cold_start,
    usage: usageOf(parts.usage === null ? measuredBy(sights?.presences ?? []) : [...parts.usage.values()]),
    response_s: sights?.response_s ?? null,
    forecast: parts.forecast,
    scheduled_floor: parts.scheduled_floor,
    orders: parts.orders.filter(({ until_ms }) => until_ms > parts.now_ms),
    backends: sights?.backends ?? { max_connections: null },
    budget_workers: null,
  };
}

function outcomesOf(presences: readonly WorkerPresence[], crash: number): Outcomes {
  const count = (outcome: OutcomeClass): number =>
    presences.reduce((sum, { outcomes }) => sum + (outcomes[outcome] ?? 0), 0);
  const counts = OUTCOME_CLASSES.map((outcome) => [outcome, count(outcome)] as const);
  return { ...NO_OUTCOMES, ...Object.fromEntries(counts), crash };
}

const NO_OUTCOMES: Outcomes = {
  succeeded: 0,
  backend_5xx: 0,
  timeout: 0,
  rate_limited: 0,
  no_backend: 0,
  job_bug: 0,
  crash: 0,
};

const measuredBy = (presences: readonly WorkerPresence[]): InstanceUsage[] =>
  presences.flatMap(({ cpu, memory }) => (cpu === null || memory === null ? [] : [{ cpu, memory }]));

function usageOf(measured: readonly InstanceUsage[]): PoolReading['usage'] {
  if (measured.length === 0) return null;
  const mean = (of: keyof InstanceUsage): number =>
    measured.reduce((sum, usage) => sum + usage[of], 0) / measured.length;
  return { cpu: mean('cpu'), memory: mean('memory') };
}
