import type { WorkerPresence } from '#common/contracts/worker-presence.js';
import { workerPresence } from '#common/contracts/worker-presence.js';
import type { DrivenInstance } from '../../apps/scaler/src/drivers/driver.js';
import type { KnownInstance } from '../../apps/scaler/src/loop/pool-state.js';
import { unknownInstance } from '../../apps/scaler/src/loop/see-instances.policy.js';

/** The moment that tests of the scaler's policies are played at, in Unix milliseconds. */
export const NOW_MS = 1_800_000_000_000;

/** An instance that has run for a minute. */
export const listedAs = (name: string, more: Partial<DrivenInstance> = {}): DrivenInstance => ({
  name,
  state: 'running',
  spec: 'spec-1',
  born_ms: NOW_MS - 60_000,
  ended: null,
  ...more,
});

export const endedAs = (name: string, at_ms = NOW_MS, more: Partial<DrivenInstance> = {}): DrivenInstance =>
  listedAs(name, { state: 'ended', ended: { code: 1, at_ms }, ...more });

/** The heartbeat of the worker in an instance. */
export const beatOf = (instance: string | null, more: Partial<WorkerPresence> = {}): WorkerPresence =>
  workerPresence.parse({
    id: `worker-of-${instance}`,
    pool: 'default',
    roles: ['generate'],
    state: 'ready',
    slots: 4,
    active: 0,
    host: 'here',
    pid: 1,
    metrics_port: 0,
    born_ms: NOW_MS - 59_000,
    instance,
    backends: [],
    ...more,
  });

/** An instance whose first heartbeat came 50 s ago. */
export const knownAs = (more: Partial<KnownInstance> = {}): KnownInstance => ({
  ...unknownInstance('spec-1', NOW_MS - 60_000),
  up_ms: NOW_MS - 50_000,
  worker_id: 'worker-1',
  slots: 4,
  ...more,
});
