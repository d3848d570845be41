import { setTimeout as pause } from 'node:timers/promises';
import type { Redis } from 'ioredis';
import { z } from 'zod';
import { keys } from '#common/redis/keys.js';
import { LaunchError } from '#scripts/local/launch-error.js';

const QUIET_WITHIN_MS = 180_000;
const LOOK_EVERY_MS = 100;
/** What every process still does in its own time after the last job. */
const AFTERGLOW_MS = 300;

const groups = z.array(z.array(z.unknown()));

/** Processor time that Redis has used since its start, in microseconds. */
export async function redisCpuUs(redis: Redis): Promise<number> {
  const info = await redis.info('cpu');
  const seconds = (field: string): number => Number(new RegExp(`^${field}:([\\d.]+)`, 'm').exec(info)?.[1]);
  return (seconds('used_cpu_sys') + seconds('used_cpu_user')) * 1e6;
}

export async function redisVersion(redis: Redis): Promise<string> {
  return /^redis_version:(\S+)/m.exec(await redis.info('server'))?.[1] ?? 'unknown';
}

/** Waits until nothing of an earlier run is left to do, so that no run pays for another one. */
export async function untilQuiet(redis: Redis, signal: AbortSignal): Promise<void> {
  const deadline = performance.now() + QUIET_WITHIN_MS;
  while (!(await isQuiet(redis))) {
    if (performance.now() > deadline) {
      throw new LaunchError(
        `Work was still left over after ${QUIET_WITHIN_MS / 1_000} s: is PostgreSQL there?`,
      );
    }
    await pause(LOOK_EVERY_MS, undefined, { signal });
  }
  await pause(AFTERGLOW_MS, undefined, { signal });
}

async function isQuiet(redis: Redis): Promise<boolean> {
  if ((await redis.zcard(keys.unsettled)) > 0) return false;
  if (/^aof_rewrite_in_progress:1/m.test(await redis.info('persistence'))) return false;
  if ((await redis.exists(keys.events)) === 0) return true;
  return groups.parse(await redis.xinfo('GROUPS', keys.events)).every(owesNothing);
}

/** A group answers as a flat list of names and values. */
function owesNothing(group: readonly unknown[]): boolean {
  const value = (name: string): unknown => group[group.indexOf(name) + 1];
  return value('pending') === 0 && value('lag') === 0;
}
