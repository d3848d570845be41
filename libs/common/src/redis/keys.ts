/**
 * Every Redis key and channel of ours. All share BullMQ's hash tag, so that one script may touch any of them on Redis
 * Cluster too. No caller's text enters a name: tenants are hashes, pools come from the configuration.
 */
export const KEY_PREFIX = '{sluice}';

const key = (...parts: string[]): string => [KEY_PREFIX, ...parts].join(':');

export const keys = {
  job: (id: string) => key('job', id),
  /** Sorted set of unsettled job ids; the score is when the sweeper looks next (Unix ms). */
  unsettled: key('unsettled'),
  /** Stream of settlements, read by consumer groups. */
  events: key('events'),
  /** Stream of settlements that PostgreSQL refused as invalid. */
  rejectedEvents: key('events', 'rejected'),
  /** Sorted set of a tenant's accepted and unsettled jobs; the score is when the lease ends by itself (Unix ms). */
  tenantInFlight: (tenant: string) => key('tenant', tenant, 'in-flight'),
  /** Sorted set of a tenant's jobs that have not started; scores as above. */
  tenantQueued: (tenant: string) => key('tenant', tenant, 'queued'),
  /** Sorted set of a tenant's job ids by acceptance (Unix ms), trimmed to the retention of results. */
  tenantJobs: (tenant: string) => key('tenant', tenant, 'jobs'),
  /** Sorted set of a pool's jobs that have not started. */
  poolQueued: (pool: string) => key('pool', pool, 'queued'),
  /** Prefix of a pool's counters; `:<start of the 10 s bucket in Unix seconds>` follows. */
  poolCounters: (pool: string) => key('pool', pool, 'counters'),
  worker: (id: string) => key('worker', id),
  /** Sorted set of worker ids; the score is the last heartbeat (Unix ms). */
  workers: key('workers'),
} as const;

export const channels = {
  /** Wake-ups for one API process. */
  wakeUps: (apiId: string) => key('wake', apiId),
  /** Orders for one worker process. */
  workerControl: (workerId: string) => key('control', workerId),
} as const;
