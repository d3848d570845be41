import type { Redis } from 'ioredis';
import type { WorkerDirectory } from '#common/presence/worker-directory.js';
import type { PoolQueues } from '#common/queue/pool-queues.js';
import { keys } from '#common/redis/keys.js';
import { type ClockReading, ClockSpeed } from './clock-speed.js';
import { readCounters } from './counters.js';

const LOOK_EVERY_MS = 2_000;
/** A pace that could not be read again for this long is unknown. */
const STALE_MS = 10_000;
const WINDOW_SECONDS = 60;

/** How fast a pool takes jobs when all its slots are busy: one every `serviceMs / slots`. */
export interface PoolPace {
  readonly slots: number;
  /** Mean time from start to settlement, in milliseconds. */
  readonly serviceMs: number;
  /** How fast its fair clock goes; absent while the pool has not been busy long enough to know. */
  readonly clockPerMs?: number;
}

/** The paces of all pools, read every 2 s: what is predicted from them costs a request nothing. */
export class PoolPaces {
  private paces = new Map<string, PoolPace | null>();
  private readonly speeds = new Map<string, ClockSpeed>();
  private readAt = Number.NEGATIVE_INFINITY;
  private timer: NodeJS.Timeout | undefined;

  constructor(
    private readonly redis: Redis,
    private readonly queues: Pick<PoolQueues, 'pools' | 'prioritizedKey'>,
    private readonly workers: WorkerDirectory,
  ) {}

  start(): void {
    void this.read();
    this.timer = setInterval(() => void this.read(), LOOK_EVERY_MS);
  }

  stop(): void {
    clearInterval(this.timer);
  }

  /** Null while nothing is known: no worker, or none that settled a job within the last minute. */
  of(pool: string): PoolPace | null {
    if (performance.now() - this.readAt > STALE_MS) return null;
    return this.paces.get(pool) ?? null;
  }

  async read(): Promise<void> {
    try {
      const workers = await this.workers.list();
      const paces = await Promise.all(
        this.queues.pools.map(async (pool) => {
          const slots = workers
            .filter((worker) => worker.pool === pool && worker.state === 'ready')
            .reduce((sum, worker) => sum + worker.slots, 0);
          const counters = await readCounters(this.redis, pool, WINDOW_SECONDS);
          return [pool, this.withClock(pool, paceOf(slots, counters), await this.clockOf(pool))] as const;
        }),
      );
      this.paces = new Map(paces);
      this.readAt = performance.now();
    } catch {
      // Redis is away: the last reading counts until it is stale.
    }
  }

  private async clockOf(pool: string): Promise<ClockReading | null> {
    const [waiting, [clock, since]] = await Promise.all([
      // Who waits for a backend and not for a slot is not there.
      this.redis.exists(this.queues.prioritizedKey(pool)),
      this.redis.hmget(keys.poolFair(pool), 'v', 'since'),
    ]);
    if (waiting === 0 || typeof clock !== 'string' || typeof since !== 'string') return null;
    return { atMs: performance.now(), clock: Number(clock), since };
  }

  private withClock(pool: string, pace: PoolPace | null, reading: ClockReading | null): PoolPace | null {
    if (pace === null) return null;
    const speed = this.speeds.get(pool) ?? new ClockSpeed();
    this.speeds.set(pool, speed);
    const clockPerMs = speed.look(reading, pace.serviceMs);
    return clockPerMs === undefined ? pace : { ...pace, clockPerMs };
  }
}

export function paceOf(slots: number, counters: ReadonlyMap<string, number>): PoolPace | null {
  const served = counters.get('served') ?? 0;
  if (slots === 0 || served === 0) return null;
  return { slots, serviceMs: (counters.get('service_ms') ?? 0) / served };
}

/** How long a job with `position` jobs before it will wait while all slots are busy; null when the pace is unknown. */
export function estimateWaitMs(position: number, pace: PoolPace | null): number | null {
  return pace === null ? null : Math.round(((position + 1) * pace.serviceMs) / pace.slots);
}
