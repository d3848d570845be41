import { afterAll, afterEach, beforeAll, beforeEach, expect } from '@jest/globals';
import { mintJobId } from '../../libs/common/src/contracts/ids.js';
import { entryOf, positionOf, type StreamEntry } from '../../libs/common/src/contracts/job-stream.js';
import { Metrics } from '../../libs/common/src/observability/metrics.js';
import { keys } from '../../libs/common/src/redis/keys.js';
import { JobRecords } from '../../libs/common/src/settlement/job-records.js';
import { type Ending, type JobRef, Settlement } from '../../libs/common/src/settlement/settlement.js';
import { Redis } from 'ioredis';
import { pino } from 'pino';
import { eventually } from './eventually.js';
import { type OwnRedis, startOwnRedis } from './own-servers.js';
import { Waiting } from '../../apps/api/src/waiting/waiting.js';
import type { Seen } from '../../apps/api/src/streaming/event-id.js';
import type { Following } from '../../apps/api/src/streaming/following.js';
import { JobStreams } from '../../apps/api/src/streaming/job-streams.js';
import type { StreamEvent } from '../../apps/api/src/streaming/stream-event.js';
import { StreamReader } from '../../apps/api/src/streaming/stream.reader.js';

/** Longer than any test. */
const LONG_MS = 60_000;

/** Followers of jobs over a real Redis, for the tests of one file; between them nothing is left behind. */
export function followedStreams() {
  let server: OwnRedis;
  let redis: Redis;
  let connections: { subscriber: Redis; producer: Redis };
  let metrics: Metrics;
  let waiting: Waiting;
  let streams: JobStreams;
  let hangUp: AbortController;

  beforeAll(async () => {
    server = await startOwnRedis();
    redis = new Redis(server.redis.url);
  });
  afterAll(async () => {
    redis.disconnect();
    await server.end();
  });

  beforeEach(async () => {
    await redis.flushall();
    connections = { subscriber: new Redis(server.redis.url), producer: new Redis(server.redis.url) };
    metrics = new Metrics({});
    hangUp = new AbortController();
    const records = new JobRecords(connections.producer);
    waiting = new Waiting('api-1', connections, records, { metrics, logger: pino({ level: 'silent' }) });
    await waiting.start();
    streams = new JobStreams({ waiting, records, reader: new StreamReader(connections.producer), metrics });
  });
  afterEach(async () => {
    hangUp.abort();
    waiting.stop(0);
    for (const name of ['sluice_streams', 'sluice_waiting_requests'] as const)
      await eventually(`${name} to be 0`, async () =>
        ((await metrics.gauge(name).get()).values[0]?.value ?? 0) === 0 ? true : null,
      );
    expect(Reflect.get(waiting.streams, 'listeners')).toEqual(new Map());
    connections.subscriber.disconnect();
    connections.producer.disconnect();
  });

  async function plant(changes: Record<string, string | number> = {}): Promise<JobRef> {
    const id = mintJobId();
    const now = Date.now();
    await redis.hset(keys.job(id), {
      ...{ status: 'running', tenant: 't', client_id: 'user:t', request_id: 'req_1', pool: 'default' },
      ...{
        model: 'sim-fast',
        priority: 'normal',
        streamed: '1',
        created_ms: now,
        deadline_ms: now + 600_000,
      },
      ...changes,
    });
    return { id, tenant: 't', pool: 'default' };
  }

  const write = ({ id }: JobRef, entry: string, fields: StreamEntry) =>
    redis.xadd(
      keys.jobStream(id),
      'MINID',
      `${positionOf(entry).run}-0`,
      entry,
      'fields',
      JSON.stringify(fields),
    );
  const publish = ({ id }: JobRef, entry: string, fields: StreamEntry | null) =>
    redis.publish(waiting.channel, JSON.stringify({ id, entry, fields }));

  /** What a worker does with one entry. */
  async function tell(job: JobRef, entry: string, text: string): Promise<void> {
    await write(job, entry, { text });
    await publish(job, entry, { text });
  }

  const settle = (job: JobRef, outcome: Partial<Ending['outcome']> = {}) =>
    new Settlement(redis, 60_000).settle(job, { status: 'completed', outcome: { attempts: 1, ...outcome } });

  /** A follower that reads as fast as it is told, into `told`. */
  function reading(following: Following, after: Seen | null = null, withinMs = LONG_MS) {
    const told: StreamEvent[] = [];
    const ended = (async () => {
      for await (const event of following.events({ after, withinMs }, hangUp.signal)) told.push(event);
    })();
    return { told, ended, until: (count: number) => until(told, count) };
  }

  const until = (told: readonly StreamEvent[], count: number) =>
    eventually(`${count} pieces`, () => (piecesOf(told).length >= count ? true : null), { withinMs: 9_000 });

  const piecesOf = (told: readonly StreamEvent[]) =>
    told.flatMap((event) =>
      event.kind === 'pieces' ? [`${event.isRestart ? '!' : ''}${entryOf(event)}:${event.text}`] : [],
    );
  const kindsOf = (told: readonly StreamEvent[]) =>
    told.map((event) => (event.kind === 'status' ? event.status : event.kind));

  return {
    plant,
    write,
    publish,
    tell,
    settle,
    reading,
    until,
    piecesOf,
    kindsOf,
    get server() {
      return server;
    },
    get redis() {
      return redis;
    },
    get connections() {
      return connections;
    },
    get metrics() {
      return metrics;
    },
    get waiting() {
      return waiting;
    },
    get streams() {
      return streams;
    },
    get hangUp() {
      return hangUp;
    },
  };
}
