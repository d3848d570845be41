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
  /** Held by the worker that deletes old rows; `done` until the next round. */
  retention: key('retention'),
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
  /** Hash of what a tenant's rules have counted; one or a few fields for each rule (rules.lua). */
  tenantLimits: (tenant: string) => key('tenant', tenant, 'limits'),
  /** Hash of a pool's fair clock: `v` (virtual time), `base` (what BullMQ's priorities are counted from). */
  poolFair: (pool: string) => key('pool', pool, 'fair'),
  /** Sorted set of the finish tags of a pool's flows: `<tenant>`, `<tenant>:high`, `<tenant>:low`. */
  poolFinish: (pool: string) => key('pool', pool, 'finish'),
  /** Held by whoever moves the base of a pool's priorities. */
  poolRebase: (pool: string) => key('pool', pool, 'rebase'),
  /** What an idempotency key stands for: job id and hash of the body. `digest` covers tenant, route and key. */
  idempotency: (digest: string) => key('idempotency', digest),
  /** What is known of an API key, by the HMAC of the key. */
  apiKey: (hmac: string) => key('api-key', hmac),
  /** Counts changes of API keys: whoever keeps keys in memory forgets them when it moves. */
  apiKeysVersion: key('api-keys', 'version'),
  /** Failed authentications of an address, as the state of one token bucket. */
  failedAuthentications: (addressDigest: string) => key('failed-auth', addressDigest),
  /** Hash of the adaptive factors of a model, by backend. `model` is a digest. */
  adaptiveFactors: (model: string) => key('adaptive', model, 'factors'),
  /** Hash of what the adaptive windows of a model have counted, by backend. */
  adaptiveWindows: (model: string) => key('adaptive', model, 'windows'),
  /** Sorted set of the digests of models with adaptive factors; the score is the last outcome (Unix ms). */
  adaptiveModels: key('adaptive', 'models'),
  /** Prefix of a pool's counters; `:<start of the 10 s bucket in Unix seconds>` follows. */
  poolCounters: (pool: string) => key('pool', pool, 'counters'),
  /** Stream of the tokens of a streamed job (contracts/job-stream.ts). */
  jobStream: (id: string) => key('job', id, 'stream'),
  /** What administrators changed of backends and routes, as JSON (contracts/registry.ts). */
  registry: key('registry'),
  /** The revision of what `registry` holds. */
  registryRevision: key('registry', 'revision'),
  /** Hash of the circuits that are not simply closed, by `<backend> <digest of the model>`. */
  circuits: key('circuits'),
  /** Hash of what health checks found, by backend. */
  backendHealth: key('backends', 'health'),
  /** Held by the worker that looks at a backend next. */
  healthCheck: (backend: string) => key('backend', backend, 'health-check'),
  /** Hash of the calls that each worker may have open at a backend, by worker. */
  backendPermits: (backend: string) => key('backend', backend, 'permits'),
  worker: (id: string) => key('worker', id),
  /** While it is there, the worker takes no more jobs: one key for an administrator, one for the scaler, each with an expiry. */
  workerCordon: (id: string, by: 'admin' | 'scaler') => key('worker', id, 'cordon', by),
  /** The id of this Sluice, made once: its containers carry it, so that another one on the same engine lets them be. */
  deployment: key('deployment'),
  /** Held by the scaler that acts; the value is its id. */
  scalerLeader: key('scaler', 'leader'),
  /** Counts leaders: the fencing token of every action. */
  scalerEpoch: key('scaler', 'epoch'),
  /** What the scaler remembers of a pool from one decision to the next, as JSON. */
  scalerMemory: (pool: string) => key('scaler', 'pool', pool, 'memory'),
  /** What it last saw and decided (contracts/scaling.ts, scalingReport). */
  scalerReport: (pool: string) => key('scaler', 'pool', pool, 'report'),
  /** Hash of what administrators and alerts ask of a pool's scaler, by the order's id. */
  scalerOrders: (pool: string) => key('scaler', 'pool', pool, 'orders'),
  /** Hash of the drains under way, by instance. */
  scalerDrains: (pool: string) => key('scaler', 'pool', pool, 'drains'),
  /** Stream of decisions with their whole input. */
  scalerDecisions: key('scaler', 'decisions'),
  /** The entry of that stream up to which PostgreSQL has them. */
  scalerDecisionsCopied: key('scaler', 'decisions', 'copied'),
  /** Hash of what a pool has worked in ten minutes that PostgreSQL does not know yet, as JSON by their start (Unix ms). */
  scalerWork: (pool: string) => key('scaler', 'pool', pool, 'work'),
  /** There while a pool has no worker: admission then wakes the scaler. */
  poolAsleep: (pool: string) => key('pool', pool, 'asleep'),
  /** Hash of a tenant's webhook endpoints by id, and its default secret (contracts/webhook.ts). */
  tenantWebhooks: (tenant: string) => key('tenant', tenant, 'webhooks'),
  /** There while Redis has all that PostgreSQL knows of webhooks: whoever misses it brings over the whole. */
  webhooksProjected: key('webhook-directory'),
  /** Since when an endpoint has only failed (Unix ms); `receiver` is an endpoint's id. */
  webhookFailing: (receiver: string) => key('webhook', receiver, 'failing'),
  /** Stream of what became of deliveries, on its way to PostgreSQL (contracts/webhook.ts). */
  webhookLog: key('webhooks', 'log'),
  /** Stream of entries of that log which PostgreSQL refused as invalid. */
  rejectedWebhookLog: key('webhooks', 'log', 'rejected'),
  /** Held by the API process that feeds a batch. */
  batchLease: (id: string) => key('batch', id, 'lease'),
  /** Counts who has held that lease. */
  batchEpoch: (id: string) => key('batch', id, 'epoch'),
  /** Sorted set of worker ids; the score is the last heartbeat (Unix ms). */
  workers: key('workers'),
} as const;

export const channels = {
  /** Wake-ups for one API process. */
  wakeUps: (apiId: string) => key('wake', apiId),
  /** Told when the registry was replaced. */
  registry: key('registry', 'changed'),
  /** Told of every circuit that changed. */
  circuits: key('circuits', 'changed'),
  /** Told the id of a batch that was made or is to be cancelled. */
  batches: key('batches', 'changed'),
  /** Told the name of a pool that has a job and no worker, or a new order. */
  scalerWake: key('scaler', 'wake'),
  /** Orders for one worker process. */
  workerControl: (workerId: string) => key('control', workerId),
} as const;
