import type { Redis } from 'ioredis';
import type { PrismaClient } from '#common/database/prisma.js';
import type { Shutdown } from '#common/lifecycle/shutdown.js';
import type { Logger } from '#common/observability/logger.js';
import type { Metrics } from '#common/observability/metrics.js';
import type { PoolQueues } from '#common/queue/pool-queues.js';
import type { WebhookQueue } from '#common/queue/webhook-queue.js';
import type { ApiConfig } from './api.config.js';

/** What main.ts makes before Nest starts. */
export interface ApiContext {
  readonly apiId: string;
  readonly config: ApiConfig;
  readonly logger: Logger;
  readonly metrics: Metrics;
  readonly shutdown: Shutdown;
  /** Null without DATABASE_URL. */
  readonly prisma: PrismaClient | null;
  readonly producer: Redis;
  readonly subscriber: Redis;
  readonly queues: PoolQueues;
  /** Deliveries of webhooks. */
  readonly webhooks: WebhookQueue;
}
