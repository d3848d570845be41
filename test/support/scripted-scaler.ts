import type { Redis } from 'ioredis';
import { pino } from 'pino';
import { workerPresence } from '#common/contracts/worker-presence.js';
import { Metrics } from '#common/observability/metrics.js';
import { failFastConnection, patientConnection } from '#common/redis/connections.js';
import { keys } from '#common/redis/keys.js';
import type { Driver } from '../../apps/scaler/src/drivers/driver.js';
import type { PoolPlan } from '../../apps/scaler/src/loop/pool-scaler.js';
import { ScalerLoop, type ScalerLoopParts } from '../../apps/scaler/src/loop/scaler-loop.js';
import type { Senses } from '../../apps/scaler/src/loop/senses.js';
import type { Decide, ScalingConfig } from '../../apps/scaler/src/policy/scaling.js';

const POOL = 'default';

/** How many workers a test wants. */
export interface Wish {
  workers: number;
}

/** Decides what the test wishes; who has the fewest jobs leaves first. Counts its decisions in the memory. */
export const wished =
  (wish: Wish): Decide =>
  ({ instances }, memory, { policy }) => {
    const all = instances ?? [];
    const counted = all.filter(({ state }) => state === 'starting' || state === 'ready');
    const current = counted.length;
    const desired = instances === null ? current : wish.workers;
    const decision = {
      policy,
      current,
      desired,
      action: desired > current ? ('up' as const) : desired < current ? ('down' as const) : ('hold' as const),
      victims: counted
        .sort((one, other) => one.active - other.active)
        .slice(0, Math.max(0, current - desired))
        .map(({ name }) => name),
      undrain: all
        .filter(({ state }) => state === 'cordoned')
        .slice(0, Math.max(0, desired - current))
        .map(({ name }) => name),
      reasons: [],
    };
    return { decision, memory: { ...memory, acted_ms: (memory.acted_ms ?? 0) + 1 } };
  };

/** Workers by their heartbeats, and nothing else. */
const sensesOver = (redis: Redis): Senses => ({
  reader: {
    read: async () => {
      const [seconds, microseconds] = await redis.time();
      const ids = await redis.zrange(keys.workers, '0', '-1');
      const texts = ids.length === 0 ? [] : await redis.mget(ids.map((id) => keys.worker(id)));
      return {
        now_ms: Number(seconds) * 1_000 + Math.floor(Number(microseconds) / 1_000),
        queue: null,
        arrivals: null,
        service: null,
        response_s: null,
        backends: { max_connections: null },
        presences: texts.flatMap((text) => (text === null ? [] : [workerPresence.parse(JSON.parse(text))])),
      };
    },
  },
  orders: { list: async () => [] },
  forecasts: { of: () => null },
  schedules: { floorOf: () => 0 },
});

export interface ScriptedPlan {
  readonly wish: Wish;
  readonly driver: Driver;
  readonly config?: Partial<ScalingConfig>;
  readonly drainMsMax?: number;
  readonly leaseMs?: number;
}

/** The real loop over a real Redis, with the decisions of a test. */
export class ScriptedScaler {
  private constructor(
    private readonly redis: Redis,
    private readonly subscriber: Redis,
    readonly loop: ScalerLoop,
  ) {}

  static async start(
    redisUrl: string,
    id: string,
    { wish, driver, config, drainMsMax, leaseMs }: ScriptedPlan,
  ): Promise<ScriptedScaler> {
    const [redis, subscriber] = [failFastConnection(redisUrl, id), patientConnection(redisUrl, `${id}-sub`)];
    for (const connection of [redis, subscriber]) connection.on('error', () => undefined);
    const plan: PoolPlan = {
      config: {
        policy: 'slo',
        mode: 'full',
        min: 0,
        max: 10,
        slots: 4,
        tick_s: 0.1,
        slo: { wait_objective_s: 15 },
        ...config,
      } as ScalingConfig,
      drainMsMax: drainMsMax ?? 600_000,
      workerCost: 1,
      coldStartS: 10,
    };
    const parts: ScalerLoopParts = {
      ...sensesOver(redis),
      scalerId: id,
      redis,
      subscriber,
      pools: new Map([[POOL, { ...plan, driver }]]),
      decide: wished(wish),
      shareBudget: () => ({}),
      budget: null,
      workers: {
        cordon: async (worker, by, forMs) => {
          await redis.set(keys.workerCordon(worker, by), '1', 'PX', forMs);
        },
        uncordon: async (worker, by) => {
          await redis.del(keys.workerCordon(worker, by));
        },
      },
      log: { append: async () => undefined },
      metrics: new Metrics({}),
      logger: pino({ level: 'silent' }),
      leaseMs: leaseMs ?? 15_000,
    };
    const loop = new ScalerLoop(parts);
    await loop.start();
    return new ScriptedScaler(redis, subscriber, loop);
  }

  async stop(): Promise<void> {
    await this.loop.stop();
    this.redis.disconnect();
    this.subscriber.disconnect();
  }
}
