import type { Redis } from 'ioredis';
import type { Shutdown } from '#common/lifecycle/shutdown.js';
import type { Logger } from '#common/observability/logger.js';
import { failFastConnection, patientConnection } from '#common/redis/connections.js';

export interface ScalerConnections {
  /** For readings, leases and orders: what comes too late is of no use. */
  readonly commands: Redis;
  /** For whoever asks over HTTP. */
  readonly answers: Redis;
  readonly subscriber: Redis;
}

export function openConnections(
  url: string,
  scalerId: string,
  { logger, shutdown }: { logger: Logger; shutdown: Shutdown },
): ScalerConnections {
  const connections = {
    commands: failFastConnection(url, `${scalerId}-commands`),
    answers: failFastConnection(url, `${scalerId}-answers`),
    subscriber: patientConnection(url, `${scalerId}-subscriber`),
  };
  for (const [connection, redis] of Object.entries(connections)) {
    redis.on('error', (error: Error) => {
      logger.debug({ connection, err: error }, 'redis');
    });
  }
  connections.commands.on('close', () => {
    if (!shutdown.isStopping) logger.warn('the connection to redis was lost');
  });
  connections.commands.on('ready', () => {
    logger.info('connected to redis');
  });
  return connections;
}

export function closeConnections({ commands, answers, subscriber }: ScalerConnections): void {
  for (const redis of [commands, answers, subscriber]) redis.disconnect();
}
