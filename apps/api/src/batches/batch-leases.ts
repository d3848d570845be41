import { randomBytes } from 'node:crypto';
import type { Redis } from 'ioredis';
import { keys } from '#common/redis/keys.js';
import { LuaScript } from '#common/redis/lua-script.js';
import { BatchLease } from './batch-lease.js';

export const LEASE_MS = 15_000;
/** Longer than a batch can last. */
const EPOCH_MS = 7 * 24 * 3_600_000;

const leaseBatch = new LuaScript(new URL('./lease-batch.lua', import.meta.url));
const keepLease = new LuaScript(new URL('./keep-lease.lua', import.meta.url));

/** Who feeds which batch. Throws what Redis throws when it is away. */
export class BatchLeases {
  constructor(private readonly redis: Redis) {}

  /** Null when somebody else has it. */
  async take(id: string): Promise<BatchLease | null> {
    const holder = randomBytes(12).toString('hex');
    const askedAt = performance.now();
    const epoch = await leaseBatch.run(
      this.redis,
      [keys.batchLease(id), keys.batchEpoch(id)],
      [holder, LEASE_MS, EPOCH_MS],
    );
    if (typeof epoch !== 'number' || epoch === 0) return null;
    const keep = async (ms: number): Promise<boolean> =>
      (await keepLease.run(this.redis, [keys.batchLease(id)], [holder, ms])) === 1;
    return new BatchLease({ epoch, holder, takenAt: askedAt, keep });
  }
}
