// A worker as far as a scaler sees one: heartbeats, cordons, signals, and an end of its own when its scaler is gone. It runs no
// jobs; how many it says it runs is what `tiny:<instance>:active` in Redis holds. With TINY_EXIT it ends at once; with TINY_DEAF it
// does not end when it is asked to.
import os from 'node:os';
import { Redis } from 'ioredis';

const { env } = process;
if (env.TINY_EXIT !== undefined) process.exit(Number(env.TINY_EXIT));

const BEAT_MS = 100;
const BEAT_TTL_MS = 6_000;
const instance = env.WORKER_INSTANCE;
const id = `worker-of-${instance}`;
const key = (...parts) => ['{sluice}', ...parts].join(':');
const redis = env.REDIS_URL === undefined ? null : new Redis(env.REDIS_URL, { maxRetriesPerRequest: null });
redis?.on('error', () => undefined);
let isStopping = false;

async function activeNow() {
  return Number(await redis.get(`tiny:${instance}:active`));
}

async function beat() {
  const isCordoned = (await redis.exists(key('worker', id, 'cordon', 'scaler'))) === 1;
  const active = await activeNow();
  const working = isCordoned ? 'cordoned' : 'ready';
  const presence = {
    id,
    pool: env.POOL,
    roles: ['generate'],
    state: isStopping ? 'draining' : working,
    slots: Number(env.WORKER_SLOTS),
    active,
    host: os.hostname(),
    pid: process.pid,
    metrics_port: 0,
    born_ms: Date.now() - Math.round(process.uptime() * 1_000),
    instance,
    backends: [],
  };
  await redis
    .pipeline()
    .set(key('worker', id), JSON.stringify(presence), 'PX', BEAT_TTL_MS)
    .zadd(key('workers'), Date.now(), id)
    .exec();
  if (isStopping && active === 0) await leave();
}

async function leave() {
  await redis?.pipeline().del(key('worker', id)).zrem(key('workers'), id).exec();
  process.exit(0);
}

function stop() {
  if (redis === null) process.exit(0);
  isStopping = true;
}

process.on('SIGTERM', () => {
  process.stdout.write(`asked ${instance}\n`);
  if (env.TINY_DEAF === undefined) stop();
});
process.on('disconnect', () => process.exit(0));
// Without a Redis there is nothing else that keeps it running.
setInterval(() => (redis === null ? undefined : void beat().catch(() => undefined)), BEAT_MS);
const told = ['POOL', 'WORKER_ROLES', 'WORKER_SLOTS', 'METRICS_PORT', 'WORKER_INSTANCE'];
process.stdout.write(
  `up ${instance}\n${JSON.stringify(Object.fromEntries(told.map((name) => [name, env[name]])))}\n`,
);
