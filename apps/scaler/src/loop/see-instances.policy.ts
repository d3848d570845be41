import type { SeenInstance } from '#common/contracts/scaling.js';
import { HEARTBEAT_TTL_MS, type WorkerPresence } from '#common/contracts/worker-presence.js';
import type { DrivenInstance } from '../drivers/driver.js';
import type { Drain, DrainsByInstance, KnownInstance, KnownInstances } from './pool-state.js';

/** Who has had no heartbeat for so long after its start never will. */
const UP_WITHIN_MS = 180_000;
/** A driver may list what it started a little later. */
const LISTED_WITHIN_MS = 30_000;

export interface InstanceSight {
  readonly now_ms: number;
  /** Null: the driver does not answer. */
  readonly listed: readonly DrivenInstance[] | null;
  /** The newest heartbeats there are, of all workers of the pool. */
  readonly presences: readonly WorkerPresence[];
  /** Whether the heartbeats are of now. */
  readonly isFresh: boolean;
  /** Nothing was seen for a while before now: what is missing may have been so only then. */
  readonly wasBlind: boolean;
  readonly drains: DrainsByInstance;
  /** What a new instance would be started from, and its slots. */
  readonly spec: string;
  readonly slots: number;
}

export interface Seen {
  /** Null: the driver does not answer. */
  readonly instances: readonly SeenInstance[] | null;
  /** Those that take jobs. */
  readonly foreign: { readonly workers: number; readonly slots: number };
  /** Run by the driver, and given up: to be killed. */
  readonly dead: readonly string[];
  readonly known: KnownInstances;
}

/** Joins what the driver runs with the heartbeats of the workers in it. */
export function seeInstances(sight: InstanceSight, known: KnownInstances): Seen {
  const beats = new Map(
    sight.presences.flatMap((presence) =>
      presence.instance === null ? [] : [[presence.instance, presence] as const],
    ),
  );
  if (sight.listed === null) {
    return { instances: null, foreign: foreignAmong(sight.presences, known), dead: [], known };
  }
  const now = Object.fromEntries(
    sight.listed.map((instance) => [
      instance.name,
      learnt(sight, instance, { before: known[instance.name], presence: beats.get(instance.name) }),
    ]),
  );
  const late = Object.entries(known).filter(([name, { born_ms, is_over }]) => {
    if (name in now) return false;
    // The heartbeat of one that is gone outlives it by three beats.
    if (beats.has(name)) return true;
    return !is_over && !sight.wasBlind && sight.now_ms - born_ms < LISTED_WITHIN_MS;
  });
  const unlisted = late.filter(([name, { up_ms }]) => up_ms === null && !beats.has(name));
  const running = sight.listed.filter(({ state }) => state === 'running').map(({ name }) => name);
  const dead = running.filter((name) => isDead(now[name], sight.drains[name], sight));
  const alive = running.filter((name) => !dead.includes(name)).map((name) => [name, now[name]] as const);
  const all = { ...now, ...Object.fromEntries(late) };
  return {
    instances: [...alive, ...unlisted].flatMap(([name, one]) =>
      one === undefined ? [] : [described(name, one, sight)],
    ),
    foreign: foreignAmong(sight.presences, all),
    dead,
    known: all,
  };
}

function learnt(
  { now_ms, isFresh, wasBlind }: InstanceSight,
  { spec, born_ms }: DrivenInstance,
  { before, presence }: { before: KnownInstance | undefined; presence: WorkerPresence | undefined },
): KnownInstance {
  const known = before ?? { ...unknownInstance(spec, born_ms), up_ms: presence?.born_ms ?? null };
  if (!isFresh) return known;
  if (presence === undefined) {
    return { ...known, silent_ms: wasBlind ? now_ms : (known.silent_ms ?? now_ms) };
  }
  const { id, state, slots, active } = presence;
  return { ...known, worker_id: id, state, slots, active, silent_ms: null, up_ms: known.up_ms ?? now_ms };
}

export const unknownInstance = (spec: string, born_ms: number): KnownInstance => ({
  spec,
  born_ms,
  up_ms: null,
  silent_ms: null,
  returned_ms: null,
  is_proven: false,
  is_over: false,
  worker_id: null,
  state: 'ready',
  slots: 0,
  active: 0,
});

/** Whoever was asked to end has a deadline of its own. */
function isDead(
  one: KnownInstance | undefined,
  drain: Drain | undefined,
  { now_ms, isFresh, wasBlind }: InstanceSight,
): boolean {
  if (one === undefined || !isFresh || wasBlind || (drain?.stopped_ms ?? null) !== null) return false;
  const patience = one.up_ms === null ? UP_WITHIN_MS : HEARTBEAT_TTL_MS;
  return one.silent_ms !== null && now_ms - one.silent_ms >= patience;
}

function described(name: string, one: KnownInstance, sight: InstanceSight): SeenInstance {
  const { worker_id, slots, active, born_ms, up_ms } = one;
  return {
    name,
    worker_id,
    state: stateOf(one, sight.drains[name], sight.now_ms),
    slots: up_ms === null ? sight.slots : slots,
    active,
    born_ms,
    is_outdated: one.spec !== sight.spec,
  };
}

/** Only what we cordoned ourselves is told as cordoned: what somebody else cordoned is not ours to take back. */
function stateOf(one: KnownInstance, drain: Drain | undefined, now_ms: number): SeenInstance['state'] {
  if ((drain?.stopped_ms ?? null) !== null) return 'draining';
  if (one.up_ms === null) return drain === undefined ? 'starting' : 'draining';
  if (one.state === 'draining') return 'draining';
  if (drain !== undefined) return 'cordoned';
  const isReturning = one.returned_ms !== null && now_ms - one.returned_ms < HEARTBEAT_TTL_MS;
  return one.state === 'ready' || isReturning ? 'ready' : 'draining';
}

function foreignAmong(presences: readonly WorkerPresence[], known: KnownInstances): Seen['foreign'] {
  const foreign = presences.filter(
    ({ instance, state }) => state === 'ready' && (instance === null || !(instance in known)),
  );
  return { workers: foreign.length, slots: foreign.reduce((sum, { slots }) => sum + slots, 0) };
}
