import type { Redis } from 'ioredis';
import { z } from 'zod';
import { ANONYMOUS_TIER } from '#common/contracts/tier.js';
import { keys } from '#common/redis/keys.js';
import type { JobRecords } from '#common/settlement/job-records.js';
import type { CallerLimits } from '../admission/caller-limits.js';
import { viewRules } from '../rate-limits/rate-limits-view.js';
import type { LimitPart, TenantPart } from './snapshot.js';

const pendingReply = z.tuple([z.number(), z.number(), z.array(z.string())]);

type Held = Pick<TenantPart, 'in_flight' | 'queued'> & { readonly newestJob: string | null };

/** What tenants hold and have left. A key's own budget is not among the limits: it counts for a key, not for its tenant. */
export class TenantParts {
  constructor(
    private readonly redis: Redis,
    private readonly records: Pick<JobRecords, 'readManySummaries'>,
    private readonly limits: Pick<CallerLimits, 'read'>,
  ) {}

  /** Three round trips, whatever the number of tenants. */
  async read(tenants: readonly string[], nowMs: number): Promise<Omit<TenantPart, 'lag_jobs'>[]> {
    if (tenants.length === 0) return [];
    const held = await this.held(tenants, nowMs);
    const ids = held.flatMap(({ newestJob }) => newestJob ?? []);
    const records = await this.records.readManySummaries(ids);
    const byId = new Map(records.flatMap((record) => (record === null ? [] : [[record.id, record]])));
    return Promise.all(
      tenants.map(async (tenant, at) => {
        const { newestJob = null, ...counts } = held[at] ?? { in_flight: 0, queued: 0 };
        const record = byId.get(newestJob ?? '') ?? null;
        const tier = record === null ? null : (record.tier ?? ANONYMOUS_TIER);
        const limits = tier === null ? [] : await this.limitsOf(tenant, tier);
        return { tenant, client_id: record?.client_id ?? null, tier, ...counts, limits };
      }),
    );
  }

  private async held(tenants: readonly string[], nowMs: number): Promise<Held[]> {
    const pipeline = this.redis.pipeline();
    for (const tenant of tenants) {
      pipeline
        .zcount(keys.tenantInFlight(tenant), nowMs, '+inf')
        .zcount(keys.tenantQueued(tenant), nowMs, '+inf')
        .zrange(keys.tenantJobs(tenant), '-1', '-1');
    }
    const answers = ((await pipeline.exec()) ?? []).map(([error, answer]) => {
      if (error !== null) throw error;
      return answer;
    });
    return tenants.map((_, at) => {
      const [in_flight, queued, [newestJob = null]] = pendingReply.parse(answers.slice(3 * at, 3 * at + 3));
      return { in_flight, queued, newestJob };
    });
  }

  private async limitsOf(tenant: string, tier: string): Promise<LimitPart[]> {
    const { counted, left } = await this.limits.read({ tenant, tier, keyBudget: null });
    return viewRules(counted, left).map(({ rule, limit, remaining, window_seconds, shadow }) => ({
      rule,
      limit,
      remaining,
      window_seconds,
      shadow,
    }));
  }
}
