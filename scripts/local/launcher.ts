import { Fleet } from './fleet.js';
import { firstGeneration, untilReady } from './first-generation.js';
import { isPortFree } from './free-port.js';
import { lockHome } from './home-lock.js';
import { LaunchError } from './launch-error.js';
import type { Store } from './own-store.js';
import type { Progress } from './progress.js';
import { apiUrl, signpost } from './signpost.js';
import { openPostgres, openRedis } from './stores.js';

export interface LaunchPlan {
  /** The directory that holds the compiled apps/. */
  readonly root: string;
  /** Absolute. */
  readonly home: string;
  readonly host: string | null;
  /** 0 is any. */
  readonly port: number;
  /** Whether the scaler starts any; otherwise somebody else has to. */
  readonly startsWorkers: boolean;
  readonly redisUrl: string | null;
  readonly databaseUrl: string | null;
  /** What every process gets, besides what the launcher adds. */
  readonly environment: NodeJS.ProcessEnv;
}

/** Starts Sluice on this machine, and stops whatever of it was started. */
export class Launcher {
  private unlock: () => void = () => undefined;
  private stores: readonly Store[] = [];
  private fleet: Fleet | null = null;

  constructor(
    private readonly plan: LaunchPlan,
    private readonly progress: Progress,
  ) {}

  /** Answers when everything runs. What was started before a rejection is still there for `stop`. */
  async start(signal: AbortSignal): Promise<{ readonly apiDied: Promise<string> }> {
    this.unlock = lockHome(this.plan.home);
    await this.checkPort();
    const [redis, postgres] = await this.openStores();
    signal.throwIfAborted();
    const fleet = this.makeFleet(redis, postgres, signal);
    await this.progress.step('API, tell worker and scaler', () => fleet.open());

    const url = apiUrl(this.plan.host, fleet.api?.port ?? this.plan.port);
    const died = fleet.apiDied.then((sentence) => Promise.reject(new LaunchError(sentence)));
    await this.progress.step('Ready', () => Promise.race([untilReady(url, signal), died]));
    if (this.plan.startsWorkers) {
      this.progress.say(await this.progress.step('First generation', () => firstGeneration(url, signal)));
    }
    signal.throwIfAborted();
    this.progress.say(signpost(url, fleet, this.stores));
    return { apiDied: fleet.apiDied };
  }

  /** Intake first, then what records, then what stores. */
  async stop(): Promise<void> {
    const { fleet, stores, progress } = this;
    if (fleet !== null) {
      progress.say(
        'Stopping: running jobs may take up to 25 s to finish; Ctrl-C again ends everything at once.',
      );
      await progress.step('API, scaler and its workers stopped', () => fleet.stopIntake());
      await progress.step('Tell worker stopped', () => fleet.stopTelling());
    }
    const own = stores.filter(({ directory }) => directory !== null);
    const names = own.map(({ name }) => name).join(' and ');
    if (own.length > 0)
      await progress.step(`${names} stopped`, () => Promise.all(own.map((store) => store.stop())));
    this.unlock();
  }

  async kill(): Promise<void> {
    await this.fleet?.kill();
    await Promise.all(this.stores.map((store) => store.kill()));
    this.unlock();
  }

  private async checkPort(): Promise<void> {
    const { host, port } = this.plan;
    const hosts = host === null ? undefined : [host];
    if (await isPortFree(port, hosts)) return;
    throw new LaunchError(
      `Port ${port} is taken: stop what listens there, or set PORT (0 is any free port).`,
    );
  }

  private async openStores(): Promise<readonly [Store, Store]> {
    const { redisUrl, databaseUrl, home } = this.plan;
    const starts = await Promise.allSettled([
      this.progress.step('Redis', () => openRedis(redisUrl, home, this.progress)),
      this.progress.step('PostgreSQL', () => openPostgres(databaseUrl, home, this.progress)),
    ] as const);
    this.stores = starts.flatMap((start) => (start.status === 'fulfilled' ? [start.value] : []));
    const [redis, postgres] = starts;
    if (redis.status === 'rejected') throw redis.reason;
    if (postgres.status === 'rejected') throw postgres.reason;
    return [redis.value, postgres.value];
  }

  private makeFleet(redis: Store, postgres: Store, signal: AbortSignal): Fleet {
    const { root, port, home, environment } = this.plan;
    const addresses = { REDIS_URL: redis.url, DATABASE_URL: postgres.url, SLUICE_HOME: home };
    const say = (line: string): void => this.progress.say(line);
    this.fleet = new Fleet({
      root,
      port,
      signal,
      say,
      environment: { ...environment, ...addresses },
    });
    return this.fleet;
  }
}
