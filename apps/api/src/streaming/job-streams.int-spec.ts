import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { mintJobId } from '#common/contracts/ids.js';
import { positionOf, type StreamEntry } from '#common/contracts/job-stream.js';
import { Metrics } from '#common/observability/metrics.js';
import { keys } from '#common/redis/keys.js';
import { JobRecords } from '#common/settlement/job-records.js';
import { type Ending, type JobRef, Settlement } from '#common/settlement/settlement.js';
import { Redis } from 'ioredis';
import { pino } from 'pino';
import { eventually } from '../../../../test/support/eventually.js';
import { type OwnRedis, startOwnRedis } from '../../../../test/support/own-servers.js';
import { kindsOf, piecesOf, streamedRecord } from '../../../../test/support/streamed-job.js';
import { Waiting } from '../waiting/waiting.js';
import type { Following } from './following.js';
import { JobStreams } from './job-streams.js';
import type { StreamEvent } from './stream-event.js';
import { StreamReader } from './stream.reader.js';

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

async function plant(changes: Record<string, string | number> = {}, id = mintJobId()): Promise<JobRef> {
  await redis.hset(keys.job(id), streamedRecord(changes));
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
async function tell(
  job: JobRef,
  entry: string,
  text: string,
  more: Partial<StreamEntry> = {},
): Promise<void> {
  await write(job, entry, { text, ...more });
  await publish(job, entry, { text, ...more });
}

const settle = (job: JobRef, outcome: Partial<Ending['outcome']> = {}) =>
  new Settlement(redis, 60_000).settle(job, { status: 'completed', outcome: { attempts: 1, ...outcome } });

/** A follower that reads as fast as it is told, into `told`. */
function reading(following: Following, withinMs = 60_000) {
  const told: StreamEvent[] = [];
  const ended = (async () => {
    for await (const event of following.events({ after: null, withinMs }, hangUp.signal)) told.push(event);
  })();
  const until = (count: number) =>
    eventually(`${count} pieces`, () => (piecesOf(told).length >= count ? true : null));
  return { told, ended, until };
}

describe('a follower of a job that is queued next', () => {
  it('is told of its place, its start, every entry as it is published, and last its settlement', async () => {
    const id = mintJobId();
    const { told, ended, until: pieces } = reading(streams.expect(id, hangUp.signal));
    await eventually('the first event', () => (told.length > 0 ? true : null));
    const job = await plant({ reply: streams.channel }, id);
    await redis.publish(streams.channel, JSON.stringify({ id, began: true }));
    await eventually('the start', () => (told.length > 1 ? true : null));
    const chunks = [{ n: 1 }];
    await tell(job, '101-1', 'a', { chunks, backend: 'b', model: 'm' });
    await pieces(1);
    await tell(job, '101-2', 'bc');
    await pieces(2);
    await settle(job, { text: 'abc', run: 101 });
    await ended;
    expect(told).toMatchObject([
      { kind: 'status', status: 'queued' },
      { kind: 'status', status: 'running' },
      { kind: 'pieces', run: 101, seq: 1, chars: 1, isRestart: false, chunks, backend: 'b', model: 'm' },
      { kind: 'pieces', run: 101, seq: 2, chars: 3, isRestart: false, text: 'bc' },
      { kind: 'settled', settled: { id, status: 'completed', outcome: { text: 'abc' } } },
    ]);
  });

  it('leaves nothing behind when it is forgotten, or hangs up, before it has read anything', async () => {
    streams.expect(mintJobId(), hangUp.signal).forget();
    streams.expect(mintJobId(), hangUp.signal);
    hangUp.abort();
    streams.expect(mintJobId(), hangUp.signal);
    expect((await metrics.gauge('sluice_streams').get()).values[0]?.value).toBe(0);
  });
});

describe('a follower', () => {
  it('is told what was written before it came, and goes on with what is published', async () => {
    const job = await plant();
    await write(job, '101-1', { text: 'a' });
    await write(job, '101-2', { text: 'b' });
    const { told, ended, until: pieces } = reading(await streams.watch(job.id, hangUp.signal));
    await pieces(2);
    await tell(job, '101-3', 'c');
    await pieces(3);
    await settle(job, { text: 'abc', run: 101 });
    await ended;
    expect(kindsOf(told)).toEqual(['running', 'pieces', 'pieces', 'pieces', 'settled']);
    expect(piecesOf(told)).toEqual(['101-1:a', '101-2:b', '101-3:c']);
  });

  it('is told every entry once although messages are lost, doubled, late or without their fields', async () => {
    const job = await plant();
    const { told, ended, until: pieces } = reading(await streams.watch(job.id, hangUp.signal));
    await tell(job, '101-1', 'a');
    await pieces(1);
    await write(job, '101-2', { text: 'b' });
    await tell(job, '101-3', 'c');
    await publish(job, '101-2', { text: 'b' });
    await publish(job, '101-3', { text: 'c' });
    await pieces(3);
    await write(job, '101-4', { text: 'd' });
    await publish(job, '101-4', null);
    await pieces(4);
    await write(job, '101-5', { text: 'e' });
    await settle(job, { text: 'abcde', run: 101 });
    await ended;
    expect(piecesOf(told)).toEqual(['101-1:a', '101-2:b', '101-3:c', '101-4:d', '101-5:e']);
    expect(told.at(-1)?.kind).toBe('settled');
  });

  it('that hears nothing looks for itself, within seconds', async () => {
    const job = await plant({ status: 'queued' });
    const { told, until: pieces } = reading(await streams.watch(job.id, hangUp.signal));
    await eventually('the first look', () => (told.length > 0 ? true : null));
    await redis.hset(keys.job(job.id), 'status', 'running');
    await write(job, '101-1', { text: 'a' });
    await pieces(1);
    expect(kindsOf(told)).toEqual(['queued', 'running', 'pieces']);
  });

  it('reads what it missed while the subscription was cut, as soon as it is renewed', async () => {
    const job = await plant();
    const { told, until: pieces } = reading(await streams.watch(job.id, hangUp.signal));
    await tell(job, '101-1', 'a');
    await pieces(1);
    connections.subscriber.disconnect();
    const subscribers = async () => (await redis.pubsub('NUMSUB', waiting.channel))[1];
    await eventually('the cut', async () => ((await subscribers()) === 0 ? true : null));
    await tell(job, '101-2', 'b');
    const began = performance.now();
    await connections.subscriber.connect();
    await pieces(2);
    expect(performance.now() - began).toBeLessThan(1_900);
    expect(piecesOf(told)).toEqual(['101-1:a', '101-2:b']);
  });

  it('that reads slowly is told all of it, out of bounded memory', async () => {
    const job = await plant();
    const following = await streams.watch(job.id, hangUp.signal);
    const events = following.events({ after: null, withinMs: 60_000 }, hangUp.signal);
    await events.next();
    for (let seq = 1; seq <= 1_000; seq++) await tell(job, `101-${seq}`, `${seq} `);
    const { ear } = Reflect.get(following, 'parts') as { ear: object };
    expect((Reflect.get(ear, 'heard') as unknown[]).length).toBeLessThanOrEqual(256);
    await settle(job, { run: 101 });
    const told: StreamEvent[] = [];
    for await (const event of events) told.push(event);
    expect(piecesOf(told)).toEqual(Array.from({ length: 1_000 }, (_, at) => `101-${at + 1}:${at + 1} `));
  });

  it('goes on while Redis is away, and has missed nothing when it is back', async () => {
    const job = await plant();
    const { told, ended, until: pieces } = reading(await streams.watch(job.id, hangUp.signal));
    await tell(job, '101-1', 'a');
    await pieces(1);
    connections.producer.disconnect();
    await write(job, '101-2', { text: 'b' });
    await tell(job, '101-3', 'c');
    await settle(job, { text: 'abc', run: 101 });
    await connections.producer.connect();
    await ended;
    expect(piecesOf(told)).toEqual(['101-1:a', '101-2:b', '101-3:c']);
    expect(told.at(-1)?.kind).toBe('settled');
  });

  it('is let go without a settlement at the end of its time, and when this process stops', async () => {
    const job = await plant();
    const short = reading(await streams.watch(job.id, hangUp.signal), 50);
    await short.ended;
    const long = reading(await streams.watch(job.id, hangUp.signal));
    waiting.stop(0);
    await long.ended;
    expect([...kindsOf(short.told), ...kindsOf(long.told)]).not.toContain('settled');
  });
});
