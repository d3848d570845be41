import type { SystemView } from '../status/system-status.js';
import type { FoundDecision } from '../pools/decisions.reader.js';
import type { BackendPart, DecisionPart, FailurePart, PoolPart, WorkerPart } from './snapshot.js';

const WORKERS_MAX = 200;
const FAILURES_MAX = 12;
const DECISIONS_MAX = 12;

type WorkerView = SystemView['workers'][number];

/** Those that serve pools, the first ones of each; and how many were left out. */
export function workerParts(workers: readonly WorkerView[]): { parts: WorkerPart[]; leftOut: number } {
  const sorted = [...workers].sort(
    (one, other) => one.pool.localeCompare(other.pool) || one.id.localeCompare(other.id),
  );
  const parts = sorted.slice(0, WORKERS_MAX).map((worker) => {
    const { no_backend: _, succeeded = 0, ...failures } = worker.outcomes;
    const failed_calls = Object.values(failures).reduce((sum, count) => sum + count, 0);
    const { id, pool, roles, state, slots, active, host, born_ms, cpu, memory } = worker;
    const calls = succeeded + failed_calls;
    return { id, pool, roles, state, slots, active, host, born_ms, cpu, memory, calls, failed_calls };
  });
  return { parts, leftOut: Math.max(0, workers.length - WORKERS_MAX) };
}

export interface PoolSights {
  readonly view: SystemView;
  readonly paused: ReadonlyMap<string, boolean>;
  readonly waits: ReadonlyMap<string, number | null>;
}

export function poolParts({ view, paused, waits }: PoolSights): PoolPart[] {
  return view.queues.map(({ pool, queued, active, failed, waiting_for_backend, workers }) => {
    const taking = view.workers.filter(
      (worker) => worker.pool === pool && worker.state === 'ready' && worker.roles.includes('generate'),
    );
    const { pool: _, ...scaler } = view.scaler?.find((each) => each.pool === pool) ?? { pool: null };
    return {
      pool,
      is_paused: paused.get(pool) ?? false,
      queued,
      waiting_for_backend,
      running: active,
      dead_letters: failed,
      oldest_wait_ms: waits.get(pool) ?? null,
      workers,
      slots: taking.reduce((sum, { slots }) => sum + slots, 0),
      scaler: 'action' in scaler ? scaler : null,
    };
  });
}

type BackendSeen = SystemView['backend_status']['backends'][number];

export interface BackendSights {
  readonly backends: readonly BackendSeen[];
  readonly adaptive: SystemView['adaptive'];
  readonly shares: ReadonlyMap<string, number>;
  readonly connectionsMax: ReadonlyMap<string, number>;
}

/** The more cut off, the later. */
const CIRCUITS = ['closed', 'half-open', 'unknown', 'open'];

export function backendParts({ backends, adaptive, shares, connectionsMax }: BackendSights): BackendPart[] {
  return backends.map(({ id, kind, state, problem, health, circuits, active, workers }) => ({
    id,
    kind,
    state,
    problem,
    health: health.state,
    circuit:
      CIRCUITS[Math.max(0, ...circuits.map((circuit) => CIRCUITS.indexOf(circuit.state)))] ?? 'unknown',
    models_cut_off: circuits.flatMap(({ model }) => model ?? []),
    active,
    max_connections: connectionsMax.get(id) ?? null,
    workers,
    share: shares.size === 0 ? null : (shares.get(id) ?? 0),
    admits: Math.min(1, ...adaptive.filter(({ backend }) => backend === id).map(({ factor }) => factor)),
  }));
}

export function decisionPart({ id, pool, at, mode, summary, decision }: FoundDecision): DecisionPart {
  const { action, current, desired, reasons } = decision;
  const sentences = reasons.map(({ sentence }) => sentence);
  return { id, pool, at_ms: Date.parse(at), action, mode, current, desired, summary, reasons: sentences };
}

/**
 * Newest first, without those that only repeat what the one before them in their pool has said. A step up or down always
 * stays.
 */
export function toldDecisions(newestFirst: readonly DecisionPart[]): DecisionPart[] {
  const last = new Map<string, string>();
  const told: DecisionPart[] = [];
  for (const part of newestFirst.toReversed()) {
    const saying = `${part.action} ${part.desired} ${part.reasons.map(withoutNumbers).join(' ')}`;
    if (part.action === 'hold' && last.get(part.pool) === saying) continue;
    last.set(part.pool, saying);
    told.push(part);
  }
  return told.toReversed().slice(0, DECISIONS_MAX);
}

const withoutNumbers = (sentence: string): string => sentence.replace(/\d+(?:\.\d+)?/g, '#');

/** Each job once, newest first. */
export function failureParts(...lists: (readonly FailurePart[])[]): FailurePart[] {
  const byId = new Map(lists.flat().map((failure) => [failure.job_id, failure]));
  return [...byId.values()].sort((one, other) => other.at_ms - one.at_ms).slice(0, FAILURES_MAX);
}

export interface LaggingTenant {
  readonly tenant: string;
  readonly lag_jobs: number;
}

/** Whom to look at: the flows farthest ahead of the fair clock, then those whose jobs end most often. */
export function tenantsToShow(
  lags: readonly LaggingTenant[],
  seen: readonly string[],
  atMost: number,
): LaggingTenant[] {
  const lagOf = new Map<string, number>();
  for (const { tenant, lag_jobs } of lags) lagOf.set(tenant, Math.max(lag_jobs, lagOf.get(tenant) ?? 0));
  const lagging = [...lagOf.keys()].sort((one, other) => (lagOf.get(other) ?? 0) - (lagOf.get(one) ?? 0));
  return [...new Set([...lagging, ...seen])]
    .slice(0, atMost)
    .map((tenant) => ({ tenant, lag_jobs: lagOf.get(tenant) ?? 0 }));
}
