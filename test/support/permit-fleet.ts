import { Redis } from 'ioredis';
import { type Permit, Permits, type PermitTimes } from '../../apps/worker/src/backends/permits/permits.js';
import { failFastConnection } from '../../libs/common/src/redis/connections.js';
import { SILENT } from './circuit-fleet.js';
import { eventually } from './eventually.js';
import { type OwnRedis, startOwnRedis } from './own-servers.js';

/** Counts calls that are open now, over all workers. */
export class OpenCalls {
  now = 0;
  most = 0;
  total = 0;

  begin(): void {
    this.now += 1;
    this.total += 1;
    this.most = Math.max(this.most, this.now);
  }

  end(): void {
    this.now -= 1;
  }
}

export interface PermitPlan {
  readonly slots?: number;
  readonly times?: PermitTimes;
}

/** Workers that only hold permits, over a Redis of their own. */
export class PermitFleet {
  private members: { permits: Permits; redis: Redis }[] = [];

  private constructor(
    readonly server: OwnRedis,
    /** For looking at what is there. */
    readonly redis: Redis,
  ) {}

  static async start(): Promise<PermitFleet> {
    const server = await startOwnRedis();
    return new PermitFleet(server, new Redis(server.redis.url));
  }

  async worker(workerId: string, { slots = 20, times }: PermitPlan = {}) {
    const redis = failFastConnection(this.server.redis.url, workerId);
    redis.on('error', () => undefined);
    await eventually('the connection', () => (redis.status === 'ready' ? true : null));
    const given = times === undefined ? {} : { times };
    const permits = new Permits({ workerId, redis, slots, logger: SILENT, ...given });
    permits.start();
    this.members.push({ permits, redis });
    return { permits, redis };
  }

  /** How often scripts have run. */
  async scripts(): Promise<number> {
    const info = await this.redis.info('commandstats');
    return Number(/cmdstat_evalsha:calls=(\d+)/.exec(info)?.[1] ?? 0);
  }

  async empty(): Promise<void> {
    await Promise.all(this.members.map(({ permits }) => permits.stop()));
    for (const { redis } of this.members) redis.disconnect();
    this.members = [];
    await this.redis.flushall();
  }

  async end(): Promise<void> {
    this.redis.disconnect();
    await this.server.end();
  }
}

/** As many permits as there are to have, at one time. */
export async function takeAll(permits: Permits, backend: string, max: number): Promise<Permit[]> {
  const taken: Permit[] = [];
  for (;;) {
    const permit = await permits.take(backend, max);
    if (permit === null) return taken;
    taken.push(permit);
  }
}

/** As the router waits: tries until there is one. */
export async function takeOne(
  permits: Permits,
  backend: string,
  max: number,
  signal: AbortSignal,
): Promise<Permit | null> {
  while (!signal.aborted) {
    const permit = await permits.take(backend, max);
    if (permit !== null) return permit;
    await permits.freeSoon(signal, 10_000);
  }
  return null;
}
