import type { Redis } from 'ioredis';
import { type BackendHealth, backendHealth } from '#common/contracts/backend-health.js';
import { jsonOf } from '#common/contracts/json-of.js';
import { keys } from '#common/redis/keys.js';

const stored = jsonOf(backendHealth);

export interface Findings {
  readonly nowMs: number;
  readonly byBackend: ReadonlyMap<string, BackendHealth>;
}

/** The only code that writes what health checks found. */
export class HealthLedger {
  /** `redis` is a fail-fast connection. */
  constructor(
    private readonly redis: Redis,
    private readonly workerId: string,
  ) {}

  async read(): Promise<Findings> {
    const replies = (await this.redis.pipeline().time().hgetall(keys.backendHealth).exec()) ?? [];
    const [time, fields] = replies.map(([error, reply]) => {
      if (error !== null) throw error;
      return reply;
    });
    const [seconds, micros] = Array.isArray(time) ? time.map(Number) : [];
    if (seconds === undefined || micros === undefined) throw new TypeError('Redis did not tell its time');
    const found = Object.entries(fields ?? {}).flatMap(([backend, text]): [string, BackendHealth][] => {
      const { data } = stored.safeParse(text);
      return data === undefined ? [] : [[backend, data]];
    });
    return { nowMs: seconds * 1_000 + micros / 1_000, byBackend: new Map(found) };
  }

  /** Which of these backends this worker looks at now; `holdMs` keeps the others from it. */
  async claim(
    wanted: readonly { readonly backend: string; readonly holdMs: number }[],
  ): Promise<Set<string>> {
    if (wanted.length === 0) return new Set();
    const pipeline = this.redis.pipeline();
    for (const { backend, holdMs } of wanted)
      pipeline.set(keys.healthCheck(backend), this.workerId, 'PX', holdMs, 'NX');
    const replies = (await pipeline.exec()) ?? [];
    return new Set(wanted.flatMap(({ backend }, at) => (replies[at]?.[1] === 'OK' ? [backend] : [])));
  }

  async write(backend: string, health: BackendHealth): Promise<void> {
    await this.redis.hset(keys.backendHealth, backend, JSON.stringify(health));
  }

  async forget(backends: readonly string[]): Promise<void> {
    if (backends.length > 0) await this.redis.hdel(keys.backendHealth, ...backends);
  }
}
