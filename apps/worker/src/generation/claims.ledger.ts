import type { Redis } from 'ioredis';
import { keys } from '#common/redis/keys.js';
import { LuaScript } from '#common/redis/lua-script.js';
import { Reply } from '#common/redis/reply.js';
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
      /** Backend calls that earlier deliveries made and that failed. */
      readonly attempts: number;
    }
  | { readonly kind: 'expired' }
  | { readonly kind: 'closed' };

/** Which worker runs a job. */
export class ClaimsLedger {
  constructor(
    private readonly redis: Redis,
    private readonly workerId: string,
  ) {}

  async begin(job: JobRef): Promise<Claim> {
    const reply = await beginScript.run(
      this.redis,
      [...claimKeys(job), keys.poolFair(job.pool)],
      [job.id, this.workerId],
    );
    return claimOf(new Reply(reply));
  }

  /** False when the job is settled, or nothing is known of it. */
  async isOpen(job: JobRef): Promise<boolean> {
    const status = await this.redis.hget(keys.job(job.id), 'status');
    return status === 'queued' || status === 'running';
  }

  /** Of a worker that stops. False when the job is not this worker's any more. */
  handBack(job: JobRef): Promise<boolean> {
    return this.giveBack(job, '');
  }

  /** Of a job that no backend can take now, after so many attempts over all its deliveries. False as above. */
  postpone(job: JobRef, attempts: number): Promise<boolean> {
    return this.giveBack(job, attempts);
  }

  private async giveBack(job: JobRef, attempts: number | ''): Promise<boolean> {
    const args = [job.id, this.workerId, LEASE_GRACE_MS, attempts];
    return (await handBackScript.run(this.redis, claimKeys(job), args)) === 1;
  }
}

const claimKeys = ({ id, tenant, pool }: JobRef): string[] => [
  keys.job(id),
  keys.tenantQueued(tenant),
  keys.poolQueued(pool),
];

/** What begin.lua answers. */
function claimOf(reply: Reply): Claim {
  const kind = reply.text(0);
  switch (kind) {
    case 'begun': {
      const now = reply.number(1);
      return {
        kind,
        requestId: reply.text(5),
        remainingMs: reply.number(2) - now,
        queueWaitMs: now - reply.number(4),
        delivery: reply.number(3),
        attempts: reply.number(6),
      };
    }
    case 'expired':
    case 'closed':
      return { kind };
    default:
      throw new TypeError(`begin.lua answered ${kind}`);
  }
}
