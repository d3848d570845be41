import type { WorkerPresence } from '../../libs/common/src/contracts/worker-presence.js';

/** The heartbeat of an idle worker of the pool `default`. */
export const presenceOf = (id: string, changes: Partial<WorkerPresence> = {}): WorkerPresence => ({
  id,
  pool: 'default',
  roles: ['generate'],
  state: 'ready',
  slots: 1,
  active: 0,
  host: 'h',
  pid: 1,
  metrics_port: 1,
  born_ms: 0,
  instance: null,
  cpu: null,
  memory: null,
  outcomes: {},
  backends: [],
  ...changes,
});
