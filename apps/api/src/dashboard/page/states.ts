import type { BackendPart, PoolPart, WorkerPart } from '../snapshot.js';

/** A state as people read it, and how much it should worry them. */
export interface State {
  readonly text: string;
  readonly tone: 'good' | 'warn' | 'bad' | 'idle';
}

const LONG_WAIT_MS = 10_000;
const VERY_LONG_WAIT_MS = 60_000;

export function poolState({ is_paused: isPaused, workers, slots, queued, scaler }: PoolPart): State {
  if (isPaused) return { text: 'paused', tone: 'warn' };
  if (workers > 0)
    return slots > 0 ? { text: 'served', tone: 'good' } : { text: 'no free worker', tone: 'warn' };
  if (queued > 0) return { text: 'no worker', tone: 'bad' };
  const isAsleep = scaler !== null && !scaler.is_stale && scaler.desired === 0;
  return isAsleep ? { text: 'asleep', tone: 'idle' } : { text: 'no worker', tone: 'bad' };
}

export function workerState({ state, active, roles }: WorkerPart): State {
  if (state === 'draining') return { text: 'draining', tone: 'warn' };
  if (state === 'cordoned') return { text: active > 0 ? 'cordoned, finishing' : 'cordoned', tone: 'warn' };
  if (!roles.includes('generate')) return { text: 'telling', tone: 'good' };
  return active > 0 ? { text: 'busy', tone: 'good' } : { text: 'ready', tone: 'good' };
}

export function backendState({ state, health }: Pick<BackendPart, 'state' | 'health'>): State {
  if (state === 'misconfigured') return { text: 'misconfigured', tone: 'bad' };
  if (state !== 'active') return { text: state, tone: 'idle' };
  if (health === 'ill') return { text: 'ill', tone: 'bad' };
  return health === 'well' ? { text: 'well', tone: 'good' } : { text: 'in use', tone: 'good' };
}

export function circuitState({ circuit }: Pick<BackendPart, 'circuit'>): State {
  if (circuit === 'open') return { text: 'open', tone: 'bad' };
  return circuit === 'closed' ? { text: 'closed', tone: 'good' } : { text: circuit, tone: 'warn' };
}

export function waitTone(waitMs: number): State['tone'] {
  if (waitMs < LONG_WAIT_MS) return 'good';
  return waitMs < VERY_LONG_WAIT_MS ? 'warn' : 'bad';
}

export function errorTone(share: number | null): State['tone'] | null {
  if (share === null || share === 0) return null;
  return share < 0.05 ? 'warn' : 'bad';
}
