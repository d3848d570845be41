import { Redis, type RedisOptions } from 'ioredis';
import { FailFastRedis } from './fail-fast-redis.js';

const common = {
  connectTimeout: 1_000,
  retryStrategy: (attempt: number) => Math.min(100 * attempt, 1_000),
  keepAlive: 10_000,
  // After a failover the old server takes no writes, and keeps the connection open.
  reconnectOnError: (error: Error) => error.message.startsWith('READONLY'),
} satisfies RedisOptions;

/** For whoever answers a request. Never shared with subscribers or blocking readers. */
export function failFastConnection(url: string, name: string): Redis {
  return new FailFastRedis(url, {
    ...common,
    connectionName: name,
    enableOfflineQueue: false,
    maxRetriesPerRequest: 0,
    autoResendUnfulfilledCommands: false,
  });
}

/** For workers, subscribers and blocking readers: waits for Redis to come back, for ever. */
export function patientConnection(url: string, name: string): Redis {
  return new Redis(url, { ...common, connectionName: name, maxRetriesPerRequest: null });
}
