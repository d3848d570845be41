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
  /** Mean time a job holds a slot, and its squared coefficient of variation. */
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
  return {
    reading,
    memory,
    config,
    instances,
    current: instances.filter(counts).length,
    readySlots: slotsOf('ready') + reading.foreign_slots,
    startingSlots: slotsOf('starting'),
    sight: sightOf(reading, config),
    service_s: serviceTime(memory, config),
    scv: memory.service?.scv ?? 1,
  };
}

/** Fewer jobs than these vouch for no mean: the first to end are the quick ones. */
const VOUCHING_JOBS = 20;
const LEAST_SHARE_OF_OBJECTIVE = 0.5;

/** What is known of the service time after this reading: a few stragglers of a load that is over do not replace it. */
export function serviceAfter(reading: PoolReading, memory: ScalingMemory): PoolReading['service'] {
  const known = memory.service ?? null;
  return reading.service !== null && (known === null || reading.service.samples >= VOUCHING_JOBS)
    ? reading.service
    : known;
}

/** The objective itself until a job was served; not much below it until enough were. */
function serviceTime({ service }: ScalingMemory, { slo }: ScalingConfig): number {
  if (service === null || service === undefined) return slo.wait_objective_s;
  return service.samples >= VOUCHING_JOBS
    ? service.mean_s
    : Math.max(service.mean_s, LEAST_SHARE_OF_OBJECTIVE * slo.wait_objective_s);
}

/** A starting instance has not said yet how many slots it has. */
const slotsIn = ({ slots }: SeenInstance, config: ScalingConfig): number =>
  slots > 0 ? slots : config.slots;

function sightOf({ age_s, queue, arrivals }: PoolReading, { tick_s }: ScalingConfig): Situation['sight'] {
  if (age_s > BLIND_TICKS * tick_s) return 'blind';
  return age_s > STALE_TICKS * tick_s || queue === null || arrivals === null ? 'stale' : 'fresh';
}

/** Whether nothing has waited, run or come for the idle time. */
export const isIdle = (at: Pick<Situation, 'reading' | 'memory' | 'config'>): boolean =>
  idleSeconds(at) >= at.config.slo.idle_s;

export function idleSeconds({ reading, memory }: Pick<Situation, 'reading' | 'memory'>): number {
  const since = memory.idle_since_ms ?? null;
  return since === null ? 0 : (reading.now_ms - since) / 1_000;
}

const COLD_STARTS_IN_WINDOW = 3;

/** The down-window: how long need has to have been lower before anybody leaves. */
export const windowMs = ({ config, reading }: Pick<Situation, 'config' | 'reading'>): number =>
  Math.max(config.slo.down_window_s, COLD_STARTS_IN_WINDOW * reading.cold_start.p90_s) * 1_000;

/** Workers of ours that give so many slots together with the foreign ones. */
export function workersFor(slots: number, { reading, config }: Situation): number {
  return Math.max(0, Math.ceil((slots - reading.foreign_slots) / config.slots));
}

/** Rounded so that reasons are readable; never used to decide. */
export const shown = (value: number): number => Math.round(value * 1_000) / 1_000;
