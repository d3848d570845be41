import type { Redis } from 'ioredis';
import type { ScalingReport } from '#common/contracts/scaling.js';
import { keys } from '#common/redis/keys.js';
import { FencedWrites } from './fenced-writes.js';
import { type Drain, type DrainsByInstance, drainText, type PoolState, poolStateText } from './pool-state.js';
import type { Term } from './term.js';

/** A scaler that reports no more is seen to be away. */
const REPORT_MS = 60_000;
/** A pool that is scaled no more is forgotten. */
const STATE_MS = 7 * 24 * 3_600_000;

/** The only code that writes what the scaler remembers of a pool. Every write answers whether this leader may still write. */
export class PoolLedger {
  private readonly writes: FencedWrites;

  /** `redis` is a fail-fast connection. */
  constructor(
    private readonly redis: Redis,
    private readonly pool: string,
  ) {
    this.writes = new FencedWrites(redis);
  }

  /** Null where there is none, or none that this release can read. */
  async state(): Promise<PoolState | null> {
    const { data } = poolStateText.safeParse(await this.redis.get(keys.scalerMemory(this.pool)));
    return data ?? null;
  }

  async drains(): Promise<DrainsByInstance> {
    const texts = Object.entries(await this.redis.hgetall(keys.scalerDrains(this.pool)));
    return Object.fromEntries(
      texts.flatMap(([instance, text]) => {
        const { data } = drainText.safeParse(text);
        return data === undefined ? [] : [[instance, data]];
      }),
    );
  }

  keep(term: Term, state: PoolState, report: ScalingReport): Promise<boolean> {
    return this.writes.write(term, [
      ['SET', keys.scalerMemory(this.pool), JSON.stringify(state), 'PX', String(STATE_MS)],
      ['SET', keys.scalerReport(this.pool), JSON.stringify(report), 'PX', String(REPORT_MS)],
    ]);
  }

  keepDrain(term: Term, instance: string, drain: Drain): Promise<boolean> {
    return this.writes.write(term, [['HSET', keys.scalerDrains(this.pool), instance, JSON.stringify(drain)]]);
  }

  endDrain(term: Term, instance: string): Promise<boolean> {
    return this.writes.write(term, [['HDEL', keys.scalerDrains(this.pool), instance]]);
  }

  /** Admission wakes the scaler for a job of a pool that is asleep. */
  sleep(term: Term, forMs: number): Promise<boolean> {
    return this.writes.write(term, [['SET', keys.poolAsleep(this.pool), '1', 'PX', String(forMs)]]);
  }

  awake(term: Term): Promise<boolean> {
    return this.writes.write(term, [['DEL', keys.poolAsleep(this.pool)]]);
  }
}
