import type { Redis } from 'ioredis';
import type { Shutdown } from '#common/lifecycle/shutdown.js';
import type { Logger } from '#common/observability/logger.js';
import { failFastConnection, patientConnection } from '#common/redis/connections.js';

export interface WorkerConnections {
  /** Waits for Redis: what a worker has to say (begin, settle) must not get lost. */
  readonly commands: Redis;
  /** BullMQ's own; it makes a second one for blocking. */
  readonly queue: Redis;
  readonly subscriber: Redis;
  /** Blocks on the event stream. */
  readonly events: Redis;
  /** For readings that come too late to be of use: health, heartbeats, sweeps. */
  readonly readings: Redis;
}

export function openConnections(
  url: string,
  workerId: string,
  { logger, shutdown }: { logger: Logger; shutdown: Shutdown },
): WorkerConnections {
  const connections = {
    commands: patientConnection(url, `${workerId}-commands`),
    queue: patientConnection(url, `${workerId}-queue`),
    subscriber: patientConnection(url, `${workerId}-subscriber`),
    events: patientConnection(url, `${workerId}-events`),
    readings: failFastConnection(url, `${workerId}-readings`),
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

export function closeConnections({ commands, queue, subscriber, events, readings }: WorkerConnections): void {
  for (const redis of [commands, queue, subscriber, events, readings]) redis.disconnect();
}
