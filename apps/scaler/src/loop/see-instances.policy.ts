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
  const { listed, presences, drains } = sight;
  if (listed === null) return { instances: null, foreign: foreignAmong(presences, known), dead: [], known };
  const beats: Beats = new Map(presences.map((presence) => [presence.instance, presence]));
  const now = listed.map(({ name, ...instance }) => ({
    name,
    isRunning: instance.state === 'running',
    one: learnt(sight, instance, { before: known[name], presence: beats.get(name) }),
  }));
  const running = now.filter(({ isRunning }) => isRunning);
  const dead = running.filter(({ name, one }) => isDead(one, drains[name], sight));
  const unlisted = unlistedAmong(known, beats, sight);
  const coming = unlisted.filter(({ name, one }) => one.up_ms === null && !beats.has(name));
  const all = Object.fromEntries([...now, ...unlisted].map(({ name, one }) => [name, one]));
  const alive = [...running.filter((each) => !dead.includes(each)), ...coming];
  return {
    instances: alive.map(({ name, one }) => described(name, one, sight)),
    foreign: foreignAmong(presences, all),
    dead: dead.map(({ name }) => name),
    known: all,
  };
}

/** By the instance that each is of. */
type Beats = ReadonlyMap<string | null, WorkerPresence>;

interface Named {
  readonly name: string;
  readonly one: KnownInstance;
}

/** Those that the driver does not list yet, and those that it lists no more while their heartbeat is still there. */
function unlistedAmong(
  known: KnownInstances,
  beats: Beats,
  { listed, now_ms, wasBlind }: InstanceSight,
): Named[] {
  const names = new Set(listed?.map(({ name }) => name));
  return Object.entries(known).flatMap(([name, one]) => {
    const isComing = !one.is_over && !wasBlind && now_ms - one.born_ms < LISTED_WITHIN_MS;
    return !names.has(name) && (beats.has(name) || isComing) ? [{ name, one }] : [];
  });
}

function learnt(
  { now_ms, isFresh, wasBlind }: InstanceSight,
  { spec, born_ms }: Pick<DrivenInstance, 'spec' | 'born_ms'>,
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
  one: KnownInstance,
  drain: Drain | undefined,
  { now_ms, isFresh, wasBlind }: InstanceSight,
): boolean {
  if (!isFresh || wasBlind || (drain?.stopped_ms ?? null) !== null) return false;
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
