import type { Redis } from 'ioredis';
import { keys } from '#common/redis/keys.js';

const FLOWS_MAX = 50;

/** How far a flow's next job is ahead of the pool's fair clock, in jobs at share 1. 0 waits for nobody. */
export interface FlowLag {
  readonly tenant: string;
  readonly priority: 'high' | 'normal' | 'low';
  readonly lag_jobs: number;
}

/** The flows of a pool that have taken more than their share of it so far, the farthest first. */
export async function readFairLag(redis: Redis, pool: string): Promise<FlowLag[]> {
  const clock = Number((await redis.hget(keys.poolFair(pool), 'v')) ?? 0);
  const flows = await redis.zrevrangebyscore(
    keys.poolFinish(pool),
    '+inf',
    `(${clock}`,
    'WITHSCORES',
    'LIMIT',
    0,
    FLOWS_MAX,
  );
  return flows.flatMap((member, at) => {
    if (at % 2 === 1) return [];
    const [tenant = '', priority] = member.split(':');
    const lag = Number(flows[at + 1] ?? clock) - clock;
    return [
      {
        tenant,
        priority: priority === 'high' || priority === 'low' ? priority : 'normal',
        lag_jobs: Math.round(lag * 1_000) / 1_000,
      },
    ];
  });
}
