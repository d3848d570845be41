import type { Redis } from 'ioredis';
import { bornMs } from '#common/contracts/ids.js';
import type { WorkerPresence } from '#common/contracts/worker-presence.js';
import { WorkerDirectory } from '#common/presence/worker-directory.js';
import { readBuckets } from '#common/queue/pool-counters.js';
import type { PoolQueues } from '#common/queue/pool-queues.js';
import { readRedisTime } from '#common/redis/redis-time.js';
import type { PoolReading } from '../policy/scaling.js';
import { arrivalsOf, COUNTED_S, responseOf, serviceOf } from './pool-figures.policy.js';

/** What Redis says of a pool at one moment. */
export interface PoolSights extends Pick<PoolReading, 'now_ms' | 'service' | 'response_s' | 'backends'> {
  readonly queue: NonNullable<PoolReading['queue']>;
  readonly arrivals: NonNullable<PoolReading['arrivals']>;
  /** Of the workers that generate for this pool, whatever state they are in. */
  readonly presences: readonly WorkerPresence[];
}

/** Reads a pool whole or not at all: what Redis does not answer is unknown, never zero. */
export class PoolReader {
  private readonly workers: WorkerDirectory;

  /** `redis` is a fail-fast connection: its silence is the deadline of a reading. */
  constructor(
    private readonly redis: Redis,
    private readonly queues: PoolQueues,
  ) {
    this.workers = new WorkerDirectory(redis);
  }

  /** Two round trips. Rejects when Redis does not answer. `leadS`: what is due within so many seconds is told. */
  async read(pool: string, leadS: number): Promise<PoolSights> {
    const [nowMs, line, workers] = await Promise.all([
      readRedisTime(this.redis),
      this.queues.line(pool),
      this.workers.list(),
    ]);
    const [due, buckets] = await Promise.all([
      this.queues.dueBy(pool, nowMs + leadS * 1_000),
      readBuckets(this.redis, pool, { seconds: COUNTED_S, nowMs }),
    ]);
    const { ready, active, deferred, head } = line;
    const presences = workers.filter((worker) => worker.pool === pool && worker.roles.includes('generate'));
    return {
      now_ms: nowMs,
      queue: { ready, active, deferred, due, head_wait_s: head === null ? null : waitedS(head, nowMs) },
      arrivals: arrivalsOf(buckets, nowMs),
      service: serviceOf(buckets, nowMs),
      response_s: responseOf(buckets, nowMs),
      presences,
      backends: { max_connections: maxConnectionsOf(presences) },
    };
  }
}

/** The clocks of API processes are not Redis's. Null of an id that is none of ours. */
function waitedS(jobId: string, nowMs: number): number | null {
  const born = bornMs(jobId);
  return born === null ? null : Math.max(0, nowMs - born) / 1_000;
}

/** Calls that all backends together take which these workers may call; null while that is not known of each. */
function maxConnectionsOf(presences: readonly WorkerPresence[]): number | null {
  const callable = presences
    .flatMap(({ backends }) => backends)
    .filter(({ is_draining, problem }) => !is_draining && problem === undefined);
  const maxima = [...new Map(callable.map(({ id, max_connections }) => [id, max_connections])).values()];
  const known = maxima.filter((max) => max !== null);
  if (known.length === 0 || known.length < maxima.length) return null;
  return known.reduce((sum, max) => sum + max, 0);
}
