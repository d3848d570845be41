import type { Redis } from 'ioredis';
import { z } from 'zod';
import { keys } from '#common/redis/keys.js';
import { LuaScript } from '#common/redis/lua-script.js';
import { LEASE_GRACE_MS } from '#common/settlement/lease.js';
import type { JobRef } from '#common/settlement/settlement.js';

const beginScript = new LuaScript(new URL('./begin.lua', import.meta.url));
const handBackScript = new LuaScript(new URL('./hand-back.lua', import.meta.url));

/** `closed`: the job is settled already, or nothing is known of it; there is nothing to do. */
export type Claim =
  | {
      readonly kind: 'begun';
      readonly requestId: string;
      /** Until the job's deadline, in milliseconds. */
      readonly remainingMs: number;
      readonly queueWaitMs: number;
      /** 1 for the first; more when a worker vanished or handed the job back. */
      readonly delivery: number;
    }
  | { readonly kind: 'expired' }
  | { readonly kind: 'closed' };

const answer = z.union([
  z
    .tuple([z.literal('begun'), z.number(), z.number(), z.number(), z.number(), z.string()])
    .transform(([kind, now, deadline, delivery, created, requestId]): Claim => ({
      kind,
      requestId,
      remainingMs: deadline - now,
      queueWaitMs: now - created,
      delivery,
    })),
  z.tuple([z.enum(['expired', 'closed'])]).transform(([kind]): Claim => ({ kind })),
]);

/** Which worker runs a job. */
export class ClaimsLedger {
  constructor(
    private readonly redis: Redis,
    private readonly workerId: string,
  ) {}

  async begin(job: JobRef): Promise<Claim> {
    return answer.parse(
      await beginScript.run(
        this.redis,
        [...claimKeys(job), keys.poolFair(job.pool)],
        [job.id, this.workerId],
      ),
    );
  }

  /** False when the job is not this worker's any more. */
  async handBack(job: JobRef): Promise<boolean> {
    const reply = await handBackScript.run(this.redis, claimKeys(job), [
      job.id,
      this.workerId,
      LEASE_GRACE_MS,
    ]);
    return reply === 1;
  }
}

const claimKeys = ({ id, tenant, pool }: JobRef): string[] => [
  keys.job(id),
  keys.tenantQueued(tenant),
  keys.poolQueued(pool),
];
