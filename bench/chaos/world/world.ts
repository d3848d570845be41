import { chmodSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import process from 'node:process';
import { fileURLToPath } from 'node:url';
import { freePort } from '#scripts/local/free-port.js';
import { type PostgresServer, startPostgres } from '#scripts/local/postgres.js';
import { type RedisServer, startRedis } from '#scripts/local/redis.js';
import { FakeBackend } from '../backend/fake-backend.js';
import { Receivers } from '../backend/receivers.js';
import {
  APIS,
  BACKENDS,
  MEMBERS,
  type MemberName,
  POSTGRES_LINK,
  RECEIVERS_LINK,
  redisLink,
  TELLERS,
} from '../weather/cards.js';
import { FaultProxy } from '../weather/fault-proxy.js';
import { writeConfig } from './fleet-config.js';
import { Member, type MemberDiary } from './member.js';
import { linkTarget, memberTarget, storeTarget, type Target } from './target.js';

/** The directory of what was compiled. */
const root = path.dirname(path.dirname(path.dirname(path.dirname(fileURLToPath(import.meta.url)))));
const GRACE_MS = 20_000;
const DATABASE = 'sluice';

export interface WorldPlan {
  readonly seed: number;
  /** When an accepted job ends at the latest, in milliseconds. */
  readonly jobDeadlineMs: number;
  /** How often the flaky receiver fails one delivery at most. */
  readonly failuresMax: number;
  /** Whether every way to a store and a backend can be spoilt; otherwise processes go there straight. */
  readonly hasLinks: boolean;
  readonly diary: MemberDiary;
}

interface Stores {
  readonly redis: RedisServer;
  readonly postgres: PostgresServer;
}

/** The real processes, from dist/, over a Redis and a PostgreSQL of their own, with a link that can be spoilt between any two. */
export class World {
  readonly home = mkdtempSync(path.join(tmpdir(), 'sluice-chaos-'));
  readonly backend: FakeBackend;
  readonly receivers: Receivers;
  readonly apis: { readonly name: string; readonly url: string }[] = [];
  readonly targets = new Map<string, Target>();
  receiversPort = 0;
  /** What may still start a store again; awaited before the stores are stopped. */
  storming: Promise<unknown> = Promise.resolve();
  private stores: Stores | null = null;
  private readonly members: Member[] = [];
  private readonly endings: (() => Promise<unknown>)[] = [];

  constructor(private readonly plan: WorldPlan) {
    // PostgreSQL's own user has to pass through.
    chmodSync(this.home, 0o711);
    this.backend = new FakeBackend(plan.seed);
    this.receivers = new Receivers(plan.seed, plan.failuresMax);
  }

  /** Straight to Redis, past every fault of a link. */
  get redisUrl(): string {
    return this.stores?.redis.url ?? '';
  }

  /** Straight to PostgreSQL. */
  get databaseUrl(): string {
    return this.stores?.postgres.url(DATABASE) ?? '';
  }

  /** What was started before a rejection is still there for `stop`. */
  async start(): Promise<void> {
    const stores = await this.startStores();
    this.stores = stores;
    const backendPort = await this.backend.start();
    this.endings.push(() => this.backend.stop());
    const receiversPort = await this.receivers.start();
    this.endings.push(() => this.receivers.stop());
    this.receiversPort = await this.link(RECEIVERS_LINK, receiversPort);
    const databaseUrl = new URL(this.databaseUrl);
    databaseUrl.port = String(await this.link(POSTGRES_LINK, stores.postgres.port));
    const backendPorts = [];
    for (const name of BACKENDS) backendPorts.push(await this.link(name, backendPort));
    for (const name of MEMBERS) {
      const redisPort = await this.link(redisLink(name), stores.redis.port);
      const member = await this.memberCalled(name, {
        REDIS_URL: `redis://127.0.0.1:${redisPort}`,
        SLUICE_CONFIG: writeConfig(this.home, name, backendPorts),
        ...(name.startsWith('worker') ? {} : { DATABASE_URL: databaseUrl.href }),
      });
      this.members.push(member);
      this.targets.set(name, memberTarget(member));
    }
    this.endings.push(() => this.storming);
    this.endings.push(() => Promise.all(this.members.map((member) => member.close(GRACE_MS))));
    // The first to tell makes the tables.
    const isTeller = ({ name }: Member): boolean => name.startsWith('tell');
    await Promise.all(this.members.filter(isTeller).map((member) => member.open()));
    await Promise.all(this.members.filter((member) => !isTeller(member)).map((member) => member.open()));
  }

  /** Ends every process, frozen or not. The last started ends first. */
  async stop(): Promise<void> {
    await this.stores?.redis.thaw().catch(() => undefined);
    for (const member of this.members) member.thaw();
    for (const end of this.endings.splice(0).reverse()) await end();
  }

  forget(): void {
    rmSync(this.home, { recursive: true, force: true });
  }

  private async startStores(): Promise<Stores> {
    const redis = await startRedis({ directory: path.join(this.home, 'redis') });
    this.endings.push(() => redis.stop());
    const postgres = await startPostgres({ directory: path.join(this.home, 'postgres') });
    this.endings.push(() => postgres.stop());
    await postgres.createDatabase(DATABASE);
    this.targets.set('redis', storeTarget(redis)).set('postgres', storeTarget(postgres));
    return { redis, postgres };
  }

  /** The port of a new link that leads to this one. */
  private async link(name: string, port: number): Promise<number> {
    if (!this.plan.hasLinks) return port;
    const proxy = await FaultProxy.open(port);
    this.endings.push(() => proxy.close());
    this.targets.set(name, linkTarget(proxy, this.plan.seed));
    return proxy.port;
  }

  private async memberCalled(name: MemberName, env: NodeJS.ProcessEnv): Promise<Member> {
    const isApi = APIS.some((api) => api === name);
    const isTeller = TELLERS.some((teller) => teller === name);
    const port = isApi ? await freePort() : 0;
    if (isApi) this.apis.push({ name, url: `http://127.0.0.1:${port}` });
    const roles = {
      METRICS_PORT: '0',
      WORKER_ROLES: isTeller ? 'tell' : 'generate',
      WORKER_DRAIN_MS: '3000',
    };
    const files = path.join(this.home, 'files');
    mkdirSync(files, { recursive: true });
    const plan = {
      name,
      script: path.join(root, 'apps', isApi ? 'api' : 'worker', 'src/main.js'),
      env: {
        PATH: process.env['PATH'],
        BACKEND_ALLOW_HOSTS: '127.0.0.1',
        WEBHOOK_ALLOW_HOSTS: '127.0.0.1',
        ...(isApi
          ? { PORT: String(port), JOB_DEADLINE_MS: String(this.plan.jobDeadlineMs), FILES_DIR: files }
          : roles),
        ...env,
      },
      inheritOutput: false,
      logFile: path.join(this.home, `${name}.log`),
    };
    return new Member(plan, this.plan.diary);
  }
}
