import { Redis } from 'ioredis';
import { jsonOf } from '#common/contracts/json-of.js';
import { type ScalingReport, scalingReport, type SeenInstance } from '#common/contracts/scaling.js';
import { keys } from '#common/redis/keys.js';
import { PoolLedger } from '../../apps/scaler/src/loop/pool.ledger.js';
import type { Drain, PoolState } from '../../apps/scaler/src/loop/pool-state.js';
import { eventually } from './eventually.js';
import { type OwnRedis, startOwnRedis } from './own-servers.js';
import { type ScriptedPlan, ScriptedScaler } from './scripted-scaler.js';
import { TinyDriver } from './tiny-driver.js';

const POOL = 'default';
const WITHIN = { withinMs: 20_000 };
const report = jsonOf(scalingReport);

/** A Redis with scalers and tiny workers, which it all ends. */
export class ScaledWorld {
  private readonly scalers: ScriptedScaler[] = [];
  private readonly drivers: TinyDriver[] = [];
  readonly redis: Redis;
  private readonly ledger: PoolLedger;

  private constructor(readonly server: OwnRedis) {
    this.redis = new Redis(server.redis.url);
    this.redis.on('error', () => undefined);
    this.ledger = new PoolLedger(this.redis, POOL);
  }

  static async start(): Promise<ScaledWorld> {
    return new ScaledWorld(await startOwnRedis());
  }

  /** Without anything left of a test. */
  async clear(): Promise<void> {
    await Promise.all(this.scalers.splice(0).map((scaler) => scaler.stop()));
    await Promise.all(this.drivers.splice(0).map((driver) => driver.clear()));
    await this.redis.flushall();
  }

  async end(): Promise<void> {
    this.redis.disconnect();
    await this.server.end();
  }

  driver(...more: [letsGo?: boolean, options?: { env: NodeJS.ProcessEnv }]): TinyDriver {
    const driver = new TinyDriver(this.server.redis.url, ...more);
    this.drivers.push(driver);
    return driver;
  }

  async scale(id: string, plan: ScriptedPlan): Promise<ScriptedScaler> {
    const scaler = await ScriptedScaler.start(this.server.redis.url, id, plan);
    this.scalers.push(scaler);
    return scaler;
  }

  async stop(scaler: ScriptedScaler): Promise<void> {
    this.scalers.splice(this.scalers.indexOf(scaler), 1);
    await scaler.stop();
  }

  /** Waits for a report in which there is something to see. */
  async reported<T>(what: string, look: (report: ScalingReport) => T | null | undefined | false): Promise<T> {
    return eventually(
      what,
      async () => {
        const { data } = report.safeParse(await this.redis.get(keys.scalerReport(POOL)));
        const found = data === undefined ? null : look(data);
        return found === false || found === undefined ? null : found;
      },
      WITHIN,
    );
  }

  /** Until so many are ready and nobody else is there. */
  async untilReady(count: number): Promise<string[]> {
    return this.reported(`${count} ready`, (seen) => {
      const ready = whoAre(seen, 'ready');
      return ready.length === count && seen.instances?.length === count && ready;
    });
  }

  async untilIn(state: SeenInstance['state'], name: string): Promise<void> {
    await this.reported(`${name} to be ${state}`, (seen) => whoAre(seen, state).includes(name));
  }

  /** Says how many jobs a tiny worker runs. */
  async setActive(name: string, jobs: number): Promise<void> {
    await this.redis.set(`tiny:${name}:active`, jobs);
  }

  async drainOf(name: string): Promise<Drain> {
    const drain = (await this.ledger.drains())[name];
    if (drain === undefined) throw new Error(`${name} is not on its way out`);
    return drain;
  }

  state(): Promise<PoolState | null> {
    return this.ledger.state();
  }
}

export const whoAre = ({ instances }: ScalingReport, state: SeenInstance['state']): string[] =>
  (instances ?? []).filter((one) => one.state === state).map(({ name }) => name);
