import type { SeenInstance } from '#common/contracts/scaling.js';
import type { PoolReading, ScalingConfig, ScalingMemory } from './scaling.js';
import { counts } from './victims.policy.js';

const STALE_TICKS = 3;
/** After so many ticks without a reading nothing is known any more. */
export const BLIND_TICKS = 10;

/** What a decision is made from, with what several of its steps need to know. */
export interface Situation {
  readonly reading: PoolReading;
  readonly memory: ScalingMemory;
  readonly config: ScalingConfig;
  readonly instances: readonly SeenInstance[];
  /** Instances that take jobs or will: starting and ready ones. */
  readonly current: number;
  /** Slots that take jobs now, foreign ones too. */
  readonly readySlots: number;
  readonly startingSlots: number;
  /**
   * stale: some of what decides is older than three ticks or unknown, so nothing steps down.
   * blind: nothing was seen for ten ticks.
   */
  readonly sight: 'fresh' | 'stale' | 'blind';
  /**
   * Mean service time and its squared coefficient of variation: those of now, or the last known ones; before the first job the
   * objective itself, which takes a slot for each that waits.
   */
  readonly service_s: number;
  readonly scv: number;
}

export function situationOf(
  reading: PoolReading,
  memory: ScalingMemory,
  config: ScalingConfig,
  instances: readonly SeenInstance[],
): Situation {
  const slotsOf = (state: SeenInstance['state']): number =>
    instances.reduce((sum, instance) => sum + (instance.state === state ? slotsIn(instance, config) : 0), 0);
  const service = reading.service ?? memory.service;
  return {
    reading,
    memory,
    config,
    instances,
    current: instances.filter(counts).length,
    readySlots: slotsOf('ready') + reading.foreign_slots,
    startingSlots: slotsOf('starting'),
    sight: sightOf(reading, config),
    service_s: service?.mean_s ?? config.slo.wait_objective_s,
    scv: service?.scv ?? 1,
  };
}

/** A starting instance has not said yet how many slots it has. */
export const slotsIn = ({ slots }: SeenInstance, config: ScalingConfig): number =>
  slots > 0 ? slots : config.slots;

function sightOf({ age_s, queue, arrivals }: PoolReading, { tick_s }: ScalingConfig): Situation['sight'] {
  if (age_s > BLIND_TICKS * tick_s) return 'blind';
  return age_s > STALE_TICKS * tick_s || queue === null || arrivals === null ? 'stale' : 'fresh';
}

/** Workers of ours that give so many slots together with the foreign ones. */
export function workersFor(slots: number, { reading, config }: Situation): number {
  return Math.max(0, Math.ceil((slots - reading.foreign_slots) / config.slots));
}

/** Rounded so that reasons are readable; never used to decide. */
export const shown = (value: number): number => Math.round(value * 1_000) / 1_000;
