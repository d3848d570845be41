import type { ScalingOrder } from '#common/contracts/scaling.js';
import { within } from '#common/lifecycle/within.js';
import type { DrivenInstance, Driver, InstanceUsage } from '../drivers/driver.js';
import type { PoolLedger } from './pool.ledger.js';
import type { DrainsByInstance } from './pool-state.js';
import type { PoolSights, Senses } from './senses.js';

const REDIS_MS_MAX = 3_000;
const DRIVER_MS_MAX = 15_000;

/** What is known at one moment. What could not be read is as it was when it last could. */
export interface Sight {
  /** Redis's clock; while Redis is away, its last time and what has gone by here since. */
  readonly now_ms: number;
  /** Whether Redis answered now. */
  readonly isFresh: boolean;
  readonly sights: PoolSights | null;
  readonly orders: readonly ScalingOrder[];
  readonly drains: DrainsByInstance;
  /** Null: the driver does not answer. */
  readonly listed: readonly DrivenInstance[] | null;
  readonly usage: ReadonlyMap<string, InstanceUsage> | null;
  readonly troubles: readonly string[];
}

interface FromRedis {
  readonly sights: PoolSights;
  readonly orders: readonly ScalingOrder[];
  readonly drains: DrainsByInstance;
}

/** Looks at one pool. Never rejects: what cannot be seen is told as that. */
export class Look {
  private last: (FromRedis & { readonly at: number }) | null = null;

  constructor(
    private readonly pool: string,
    private readonly senses: Senses,
    private readonly driver: Driver,
    private readonly ledger: PoolLedger,
  ) {}

  async take(leadS: number): Promise<Sight> {
    // Redis last: whoever is stopped for having no heartbeat has none now, and not before a slow engine answered.
    const driver = await tryWithin(DRIVER_MS_MAX, 'the driver', this.askDriver());
    const redis = await tryWithin(REDIS_MS_MAX, 'Redis', this.askRedis(leadS));
    if (redis.found !== null) this.last = { ...redis.found, at: performance.now() };
    return {
      now_ms: this.now(),
      isFresh: redis.found !== null,
      sights: this.last?.sights ?? null,
      orders: this.last?.orders ?? [],
      drains: this.last?.drains ?? {},
      listed: driver.found?.listed ?? null,
      usage: driver.found?.usage ?? null,
      troubles: [
        ...(redis.found === null ? [`Redis could not be read: ${redis.because}`] : []),
        ...(driver.found === null ? [`The driver could not be asked: ${driver.because}`] : []),
      ],
    };
  }

  private now(): number {
    if (this.last === null) return Date.now();
    return Math.round(this.last.sights.now_ms + (performance.now() - this.last.at));
  }

  private async askRedis(leadS: number): Promise<FromRedis> {
    const sights = await this.senses.reader.read(this.pool, leadS);
    const [orders, drains] = await Promise.all([
      this.senses.orders.list(this.pool, sights.now_ms),
      this.ledger.drains(),
    ]);
    return { sights, orders, drains };
  }

  /** Usage is worth less than the list: without it the heartbeats say. */
  private async askDriver(): Promise<Pick<Sight, 'usage'> & { listed: readonly DrivenInstance[] }> {
    const { driver } = this;
    const [listed, usage] = await Promise.all([
      driver.list(),
      driver.capabilities.reportsUsage ? driver.usage().catch(() => null) : null,
    ]);
    return { listed, usage };
  }
}

type Tried<T> =
  { readonly found: T; readonly because: null } | { readonly found: null; readonly because: string };

async function tryWithin<T>(ms: number, whom: string, asked: Promise<T>): Promise<Tried<T>> {
  try {
    return { found: await within(ms, whom, asked), because: null };
  } catch (error) {
    return { found: null, because: error instanceof Error ? error.message : 'unknown' };
  }
}
