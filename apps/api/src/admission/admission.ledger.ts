import type { Redis } from 'ioredis';
import { z } from 'zod';
import type { Priority } from '#common/contracts/generation.js';
import type { TierConfig } from '#common/config/config-file.js';
import { keys } from '#common/redis/keys.js';
import { LuaScript } from '#common/redis/lua-script.js';
import { LEASE_GRACE_MS } from '#common/settlement/lease.js';
import type { Identity } from './identity.js';

const script = new LuaScript(new URL('./admit.lua', import.meta.url));

/** An admitted job that never reached the queue is found by the sweeper after this. */
const FIRST_SWEEP_MS = 30_000;

/** The longest a job can live before it is settled and its retention begins. */
export const DEADLINE_MS_MAX = 24 * 3_600_000;

/** BullMQ's priority by the caller's: lower is first, and 0 would overtake all. */
const QUEUE_PRIORITY = { high: 1, normal: 2, low: 3 } as const satisfies Record<Priority, number>;

export interface AdmissionRequest {
  readonly id: string;
  readonly caller: Identity;
  readonly requestId: string;
  readonly pool: string;
  readonly model: string;
  readonly priority: Priority;
  readonly metadata: Readonly<Record<string, string>> | undefined;
  readonly deadlineMs: number;
  /** The channel that is told of the settlement; absent when nobody waits. */
  readonly reply: string | undefined;
}

export interface AdmissionLimits extends TierConfig {
  readonly pool_queued_max: number;
}

export type Admission =
  | { readonly kind: 'admitted'; readonly atMs: number; readonly priority: number }
  | { readonly kind: 'refused'; readonly rule: 'pool_queued' | 'tenant_in_flight' | 'tenant_queued' };

const answer = z.union([
  z
    .tuple([z.literal('admitted'), z.number(), z.number()])
    .transform(([kind, atMs, priority]): Admission => ({ kind, atMs, priority })),
  z
    .tuple([z.literal('refused'), z.enum(['pool_queued', 'tenant_in_flight', 'tenant_queued'])])
    .transform(([kind, rule]): Admission => ({ kind, rule })),
]);

/** The only code that lets a job in: one round trip, all or nothing. */
export class AdmissionLedger {
  constructor(
    private readonly redis: Redis,
    private readonly retentionMs: number,
  ) {}

  async admit(job: AdmissionRequest, limits: AdmissionLimits): Promise<Admission> {
    const { tenant, clientId } = job.caller;
    const record = {
      tenant,
      client_id: clientId,
      request_id: job.requestId,
      pool: job.pool,
      model: job.model,
      priority: job.priority,
      ...(job.metadata === undefined ? {} : { metadata: JSON.stringify(job.metadata) }),
      ...(job.reply === undefined ? {} : { reply: job.reply }),
    };
    const reply = await script.run(
      this.redis,
      [
        keys.job(job.id),
        keys.unsettled,
        keys.tenantInFlight(tenant),
        keys.tenantQueued(tenant),
        keys.poolQueued(job.pool),
        keys.tenantJobs(tenant),
        keys.poolCounters(job.pool),
      ],
      [
        job.id,
        job.deadlineMs,
        LEASE_GRACE_MS,
        FIRST_SWEEP_MS,
        this.retentionMs + DEADLINE_MS_MAX,
        limits.pool_queued_max,
        limits.concurrent?.max ?? 1_000_000_000,
        limits.queued?.max ?? 1_000_000_000,
        QUEUE_PRIORITY[job.priority],
        ...Object.entries(record).flat(),
      ],
    );
    return answer.parse(reply);
  }
}
