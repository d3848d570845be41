import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { mintJobId } from '#common/contracts/ids.js';
import { runOf, streamMessage } from '#common/contracts/job-stream.js';
import { channels, keys } from '#common/redis/keys.js';
import { type JobRef, Settlement } from '#common/settlement/settlement.js';
import { Redis } from 'ioredis';
import { eventually } from '../../../../test/support/eventually.js';
import { keyspace } from '../../../../test/support/keyspace.js';
import { type OwnRedis, startOwnRedis } from '../../../../test/support/own-servers.js';
import { streamedRecord } from '../../../../test/support/streamed-job.js';
import { ClaimsLedger } from '../generation/claims.ledger.js';
import { StreamLedger } from './stream.ledger.js';

const KEPT_MS = 600_000;

let server: OwnRedis;
let redis: Redis;
let ledger: StreamLedger;
let other: StreamLedger;

beforeAll(async () => {
  server = await startOwnRedis();
  redis = new Redis(server.redis.url, { maxRetriesPerRequest: null, retryStrategy: () => 5 });
  ledger = new StreamLedger(redis, 'worker-1');
  other = new StreamLedger(redis, 'worker-2');
});
afterEach(() => redis.flushall());
afterAll(async () => {
  redis.disconnect();
  await server.end();
});

/** A job that a worker runs, as begin.lua leaves it. */
async function plant(changes: Record<string, string | number> = {}): Promise<JobRef> {
  const id = mintJobId();
  await redis.hset(keys.job(id), streamedRecord({ worker_id: 'worker-1', deliveries: 1, ...changes }));
  return { id, tenant: 't', pool: 'default' };
}

const entries = ({ id }: JobRef) => redis.xrange(keys.jobStream(id), '-', '+');
const FIRST = { run: runOf(1, 1), seq: 1 };

/** What is published on the channels of two API processes while `work` runs. */
async function published(work: () => Promise<unknown>): Promise<[string, string][]> {
  const listener = new Redis(server.redis.url);
  const heard: [string, string][] = [];
  listener.on('message', (channel: string, message: string) => heard.push([channel, message]));
  const names = [channels.wakeUps('api-1'), channels.wakeUps('api-2'), 'end'];
  await listener.subscribe(...names);
  await work();
  await redis.publish('end', '');
  await eventually('all messages', () => (heard.some(([channel]) => channel === 'end') ? true : null));
  listener.disconnect();
  return heard.filter(([channel]) => channel !== 'end');
}

describe('an entry', () => {
  it('is added under its run and number, and published to every process that follows', async () => {
    const reply = [channels.wakeUps('api-1'), channels.wakeUps('api-2')];
    const job = await plant({ reply: reply.join(' ') });
    const chunks = [{ choices: [{ delta: { content: 'Hé "\n' } }] }];
    const entry = { text: 'Hé "\n', chunks, backend: 'b', model: 'm' };
    const messages = await published(() => ledger.append(job.id, FIRST, entry));
    expect(await entries(job)).toEqual([['101-1', ['fields', JSON.stringify(entry)]]]);
    expect(messages.map(([channel]) => channel)).toEqual(reply);
    for (const [, message] of messages)
      expect(streamMessage.parse(JSON.parse(message))).toEqual({ id: job.id, entry: '101-1', fields: entry });
  });

  it('that is larger than 64 KiB is published without its fields', async () => {
    const job = await plant({ reply: channels.wakeUps('api-1') });
    const text = 'x'.repeat(64 * 1024);
    const [message] = await published(() => ledger.append(job.id, FIRST, { text }));
    expect(streamMessage.parse(JSON.parse(String(message?.[1])))).toMatchObject({ fields: null });
    expect(await entries(job)).toHaveLength(1);
  });

  it('that is sent again, because its answer got lost, is neither added nor published twice', async () => {
    const job = await plant({ reply: channels.wakeUps('api-1') });
    const messages = await published(async () => {
      for (const _ of [1, 2]) expect(await ledger.append(job.id, FIRST, { text: 'a' })).toBe('appended');
      await ledger.append(job.id, { ...FIRST, seq: 2 }, { text: 'b' });
      expect(await ledger.append(job.id, FIRST, { text: 'a' })).toBe('appended');
    });
    expect((await entries(job)).map(([id]) => id)).toEqual(['101-1', '101-2']);
    expect(messages).toHaveLength(2);
  });

  it('is added once although connections are cut again and again', async () => {
    const job = await plant();
    const cutter = new Redis(server.redis.url);
    let cuts = 0;
    const cutting = setInterval(() => {
      void cutter
        .call('CLIENT', 'KILL', 'TYPE', 'normal', 'SKIPME', 'yes')
        .then((killed) => (cuts += Number(killed)));
    }, 50);
    for (let seq = 1; cuts < 10; seq++) {
      expect(await ledger.append(job.id, { ...FIRST, seq }, { text: `${seq}` })).toBe('appended');
    }
    clearInterval(cutting);
    cutter.disconnect();
    const added = (await entries(job)).map(([id]) => id);
    expect(added).toEqual(added.map((_, at) => `101-${at + 1}`));
    expect(added.length).toBeGreaterThan(10);
  });

  it.each([
    { of: 'a job that has ended', changes: { status: 'completed' } },
    { of: 'a job that waits again', changes: { status: 'queued', worker_id: '' } },
    { of: 'a job that another worker has begun', changes: { worker_id: 'worker-2', deliveries: 2 } },
    { of: 'a job that this worker has begun again', changes: { deliveries: 2 } },
  ])('of $of is refused, and nothing is written', async ({ changes }) => {
    const job = await plant(changes);
    const before = await keyspace(redis);
    expect(await ledger.append(job.id, FIRST, { text: 'late' })).toBe('closed');
    expect(await keyspace(redis)).toEqual(before);
  });

  it('of a new run removes those of the run before', async () => {
    const job = await plant();
    await ledger.append(job.id, FIRST, { text: 'old' });
    await redis.hset(keys.job(job.id), { worker_id: 'worker-2', deliveries: 2 });
    expect(await other.append(job.id, { run: runOf(2, 1), seq: 1 }, { text: 'new' })).toBe('appended');
    expect((await entries(job)).map(([id]) => id)).toEqual(['201-1']);
  });
});

describe('a stream', () => {
  it('outlives the deadline of its job by ten minutes, and its settlement by no more', async () => {
    const job = await plant();
    await ledger.append(job.id, FIRST, { text: 'a' });
    const deadline = Number(await redis.hget(keys.job(job.id), 'deadline_ms'));
    expect(await redis.pexpiretime(keys.jobStream(job.id))).toBe(deadline + KEPT_MS);
    await new Settlement(redis, 86_400_000).settle(job, { status: 'completed', outcome: { attempts: 1 } });
    const left = await redis.pttl(keys.jobStream(job.id));
    expect(left).toBeGreaterThan(KEPT_MS - 5_000);
    expect(left).toBeLessThanOrEqual(KEPT_MS);
  });
});

describe('the start of a job', () => {
  it.each([
    { which: 'a streamed job is told to whoever follows', streamed: '1', told: 1 },
    { which: 'another job is not', streamed: '', told: 0 },
  ])('of $which', async ({ streamed, told }) => {
    const job = await plant({ status: 'queued', worker_id: '', streamed, reply: channels.wakeUps('api-1') });
    const messages = await published(() => new ClaimsLedger(redis, 'worker-1').begin(job));
    expect(messages.map(([, message]): unknown => JSON.parse(message))).toEqual(
      Array.from({ length: told }, () => ({ id: job.id, began: true })),
    );
  });
});
