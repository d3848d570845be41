import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import type { Redis } from 'ioredis';
import {
  closeConnections,
  openConnections,
  type ScalerConnections,
} from '../../apps/scaler/src/connections.js';
import { createApp } from '../../apps/scaler/src/http/create-app.js';
import { ScalerHealth } from '../../apps/scaler/src/http/scaler-health.js';
import { loadScalerConfig } from '../../apps/scaler/src/scaler.config.js';
import { configFile } from '../../libs/common/src/config/config-file.js';
import { Shutdown } from '../../libs/common/src/lifecycle/shutdown.js';
import { createLogger } from '../../libs/common/src/observability/logger.js';
import { Metrics } from '../../libs/common/src/observability/metrics.js';
import { openPoolQueues } from '../../libs/common/src/queue/open-pool-queues.js';
import { readRedisTime } from '../../libs/common/src/redis/redis-time.js';
import { eventually } from './eventually.js';
import { type OwnRedis, startOwnRedis } from './own-servers.js';

const logger = createLogger({ level: 'silent', app: 'scaler', instance: 's', isPretty: false });
const { pools } = configFile.parse({ pools: { default: { models: ['*'] }, large: { models: ['l'] } } });
const STATE = { id: 's', role: 'follower', mode: 'full', driver: 'process', pools: ['default'] } as const;

/** The pages of a scaler that scales nothing, over a Redis of their own, for the pools default and large. */
export class ScalerPages {
  isStuck = false;
  private readonly apps: NestFastifyApplication[] = [];

  private constructor(
    readonly server: OwnRedis,
    private readonly connections: ScalerConnections,
    private readonly shutdown: Shutdown,
  ) {}

  static async start(): Promise<ScalerPages> {
    const server = await startOwnRedis();
    const shutdown = new Shutdown();
    const connections = openConnections(server.redis.url, 'scaler-test', { logger, shutdown });
    const pages = new ScalerPages(server, connections, shutdown);
    await pages.untilConnected();
    return pages;
  }

  get redis(): Redis {
    return this.connections.answers;
  }

  now(): Promise<number> {
    return readRedisTime(this.redis);
  }

  async untilConnected(): Promise<void> {
    await eventually('redis', () => (this.redis.status === 'ready' ? true : null));
  }

  /** Answers their base URL. */
  async open(hookToken: string | null): Promise<string> {
    const { connections, shutdown } = this;
    const metrics = new Metrics({ app: 'scaler' });
    metrics.gauge('sluice_scaler_leader').set(0);
    const scalings = new Map(Object.entries(pools).map(([pool, { scaling }]) => [pool, scaling]));
    const config = Object.assign({}, loadScalerConfig({}), { pools: scalings, hookToken });
    const queues = openPoolQueues(['default'], connections.commands, () => undefined);
    const health = new ScalerHealth({
      redis: this.redis,
      shutdown,
      describe: () => STATE,
      isStuck: () => this.isStuck,
    });
    const context = {
      scalerId: 's',
      deployment: 'd',
      config,
      logger,
      metrics,
      shutdown,
      connections,
      queues,
    };
    const app = await createApp(context, health);
    await app.listen(0, '127.0.0.1');
    this.apps.push(app);
    return app.getUrl();
  }

  async end(): Promise<void> {
    await Promise.all(this.apps.map((app) => app.close()));
    closeConnections(this.connections);
    await this.server.end();
  }
}
