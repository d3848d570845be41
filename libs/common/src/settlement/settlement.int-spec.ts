import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { mintJobId } from '#common/contracts/ids.js';
import type { FinalStatus } from '#common/contracts/job-status.js';
import { settledEvent } from '#common/contracts/settled-event.js';
import { wakeUp } from '#common/contracts/wake-up.js';
import { channels, keys } from '#common/redis/keys.js';
import { Redis } from 'ioredis';
import { eventually } from '../../../../test/support/eventually.js';
import { keyspace } from '../../../../test/support/keyspace.js';
import { type OwnRedis, startOwnRedis } from '../../../../test/support/own-servers.js';
import { JobRecords } from './job-records.js';
import { type Ending, type JobRef, type Settled, Settlement } from './settlement.js';

const RETENTION_MS = 60_000;
const WAKE_UP_BYTES_MAX = 64 * 1024;
const FINAL: readonly FinalStatus[] = ['completed', 'failed', 'cancelled', 'expired'];

let server: OwnRedis;
let redis: Redis;
let listener: Redis;
let records: JobRecords;
let settlement: Settlement;

beforeAll(async () => {
  server = await startOwnRedis();
  redis = new Redis(server.redis.url);
  listener = new Redis(server.redis.url);
  records = new JobRecords(redis);
  settlement = new Settlement(redis, RETENTION_MS);
  await listener.psubscribe('{sluice}:*');
});
afterEach(async () => {
  listener.removeAllListeners('pmessage');
  await redis.flushall();
});
afterAll(async () => {
  redis.disconnect();
  listener.disconnect();
  await server.end();
});

const LEASES = [keys.tenantInFlight('t'), keys.tenantQueued('t'), keys.poolQueued('default')];

const ACCEPTED = { tenant: 't', client_id: 'u', request_id: 'req_1', pool: 'default', model: 'sim-fast' };

/** A job as admit.lua and begin.lua leave it. */
async function plant(changes: Record<string, string | number> = {}): Promise<JobRef> {
  const id = mintJobId();
  const now = Date.now();
  const isRunning = 'worker_id' in changes;
  await redis.hset(keys.job(id), {
    ...ACCEPTED,
    status: isRunning ? 'running' : 'queued',
    priority: 'normal',
    created_ms: now - 1_000,
    deadline_ms: now + 600_000,
    ...(isRunning ? { started_ms: now - 500, deliveries: 1 } : {}),
    ...changes,
  });
  await redis.zadd(keys.unsettled, now + 30_000, id);
  for (const leases of isRunning ? LEASES.slice(0, 1) : LEASES) await redis.zadd(leases, now + 660_000, id);
  return { id, tenant: 't', pool: 'default' };
}

const ending = (changes: Partial<Ending> = {}): Ending => ({
  status: 'completed',
  outcome: { attempts: 1, text: 'the generated text', usage: { input_tokens: 3, output_tokens: 4 } },
  ...changes,
});

/** An outcome that takes so many bytes as JSON. */
function outcomeOf(bytes: number): Ending['outcome'] {
  const frame = JSON.stringify({ attempts: 1, text: '' }).length;
  return { attempts: 1, text: 'x'.repeat(bytes - frame) };
}

/** All that is published while `work` goes on, in order: [channel, message]. */
async function published(work: () => Promise<unknown>): Promise<[string, string][]> {
  const heard: [string, string][] = [];
  listener.on('pmessage', (_pattern: string, channel: string, message: string) => {
    heard.push([channel, message]);
  });
  await work();
  await redis.publish('{sluice}:the-end', '');
  await eventually('the last message', () => (heard.at(-1)?.[0] === '{sluice}:the-end' ? true : null));
  return heard.slice(0, -1);
}

/** Expects that `work` is answered so, writes nothing at all, and tells nobody. */
async function expectUntouched(work: () => Promise<unknown>, answer: unknown): Promise<void> {
  const before = await keyspace(redis);
  expect(before.length).toBeGreaterThan(0);
  expect(await published(async () => expect(await work()).toEqual(answer))).toEqual([]);
  expect(await keyspace(redis)).toEqual(before);
}

const events = async () => {
  const entries = await redis.xrange(keys.events, '-', '+');
  return entries.map(([, fields]) => {
    const pairs = fields.flatMap((name, at) => (at % 2 === 0 ? [[name, fields[at + 1]]] : []));
    return settledEvent.parse(Object.fromEntries(pairs));
  });
};

describe('a settlement', () => {
  it('is made by the first of 50 writers on ten connections; the others learn how the job ended', async () => {
    const job = await plant({ reply: channels.wakeUps('api-1') });
    const connections = Array.from({ length: 10 }, () => new Redis(server.redis.url));
    const writers = Array.from({ length: 5 }, () => connections).flat();
    const settle = (writer: Redis, at: number) => {
      const how = { status: FINAL[at % 4] ?? 'failed', outcome: { attempts: at }, by: `worker-${at}` };
      return new Settlement(writer, RETENTION_MS).settle(job, how);
    };
    let settled: Settled[] = [];
    const messages = await published(async () => {
      settled = await Promise.all(writers.map(settle));
    });
    for (const each of connections) each.disconnect();

    const first = settled.findIndex(({ kind }) => kind === 'settled');
    const status = FINAL[first % 4];
    const others = settled.filter((_, at) => at !== first);
    expect(others).toEqual(Array.from({ length: 49 }, () => ({ kind: 'already', status })));
    const ended = { status, outcome: { attempts: first }, worker_id: `worker-${first}` };
    expect(await events()).toMatchObject([{ job_id: job.id, ...ended }]);
    expect(await records.read(job.id)).toMatchObject(ended);
    expect(messages).toHaveLength(1);
  });

  it('changes nothing when the job has ended already', async () => {
    const job = await plant({ reply: channels.wakeUps('api-1') });
    await settlement.settle(job, ending());
    await expectUntouched(() => settlement.settle(job, ending({ status: 'cancelled', by: 'worker-2' })), {
      kind: 'already',
      status: 'completed',
    });
  });

  it('of an unknown job answers unknown and writes nothing', async () => {
    await plant();
    const stranger = { id: mintJobId(), tenant: 't', pool: 'default' };
    await expectUntouched(() => settlement.settle(stranger, ending()), { kind: 'unknown' });
  });

  it.each([
    { of: 'a job that waits', changes: {} },
    { of: 'a job that runs', changes: { worker_id: 'worker-1' } },
  ])('of $of gives back its leases and its place in the sweep, and nobody else’s', async ({ changes }) => {
    const neighbour = await plant();
    const job = await plant(changes);
    await settlement.settle(job, ending());
    for (const set of [...LEASES, keys.unsettled]) {
      expect(await redis.zrange(set, '0', '-1')).toEqual([neighbour.id]);
    }
  });

  it('keeps the outcome in the record, which ends with the retention from then on', async () => {
    const job = await plant({ worker_id: 'worker-1' });
    expect(await redis.pttl(keys.job(job.id))).toBe(-1);
    const settled = await settlement.settle(job, ending({ by: 'worker-1' }));
    if (settled.kind !== 'settled') throw new Error(settled.kind);
    const record = await records.read(job.id);
    expect(record).toMatchObject({ ...ending(), settled_ms: settled.atMs });
    const ends = await redis.pexpiretime(keys.job(job.id));
    expect(Math.abs(ends - (settled.atMs + RETENTION_MS))).toBeLessThan(1_000);
  });

  it('is told by one event that has all but the generated text', async () => {
    const job = await plant({ worker_id: 'worker-1', webhook: '{"url":"https://example.com/hook"}' });
    await settlement.settle(job, ending({ by: 'worker-1' }));
    const [event, ...more] = await events();
    if (event === undefined) throw new Error('no event');
    const { job_id, outcome, ...told } = event;
    const { text: _, ...withoutText } = ending().outcome;
    expect([job_id, outcome, more]).toEqual([job.id, withoutText, []]);
    expect(await records.read(job.id)).toMatchObject(told);
    expect(JSON.stringify(await redis.xrange(keys.events, '-', '+'))).not.toContain('generated text');
  });

  it('is counted once, by status, with its latency and service time', async () => {
    const job = await plant({ worker_id: 'worker-1' });
    await settlement.settle(job, ending({ by: 'worker-1' }));
    await settlement.settle(job, ending({ by: 'worker-1' }));
    const [name] = await redis.keys(`${keys.poolCounters('default')}:*`);
    const counters = await redis.hgetall(String(name));
    // 1 s is in bucket 30 (807 to 1,009 ms) or, when the machine is slow, in one of the next.
    const latencies = Object.entries(counters).filter(([field]) => field.startsWith('latency:'));
    expect(latencies).toEqual([[expect.stringMatching(/^latency:3\d$/), '1']]);
    expect(counters['completed']).toBe('1');
    const serviceMs = Number(counters['service_ms']);
    expect(serviceMs).toBeGreaterThanOrEqual(500);
    expect(counters).toMatchObject({
      served: '1',
      service_cs2: String(Math.floor(serviceMs ** 2 / 100 + 0.5)),
    });
    expect(await redis.ttl(String(name))).toBeGreaterThan(800);
  });
});

describe('the wake-up', () => {
  it('is published once to each channel that waits, with the whole outcome', async () => {
    const watching = [channels.wakeUps('api-1'), channels.wakeUps('api-2')];
    const job = await plant({ worker_id: 'worker-1', reply: watching.join(' ') });
    const messages = await published(() => settlement.settle(job, ending({ by: 'worker-1' })));
    expect(messages.map(([channel]) => channel)).toEqual(watching);
    for (const [, message] of messages) {
      const told = wakeUp.parse(JSON.parse(message));
      expect(told).toMatchObject({ id: job.id, status: 'completed', outcome: ending().outcome });
      expect(await records.read(job.id)).toMatchObject(told);
    }
  });

  it('says that nobody had begun the job, when nobody had', async () => {
    const job = await plant({ reply: channels.wakeUps('api-1') });
    const [message] = await published(() => settlement.settle(job, ending({ status: 'cancelled' })));
    const told = wakeUp.parse(JSON.parse(String(message?.[1])));
    expect(told).toMatchObject({ started_ms: null, worker_id: null });
  });

  it.each([
    { size: 'of 64 KiB carries it', bytes: WAKE_UP_BYTES_MAX, carried: outcomeOf(WAKE_UP_BYTES_MAX) },
    { size: 'one byte larger leaves it out', bytes: WAKE_UP_BYTES_MAX + 1, carried: null },
  ])('with an outcome $size', async ({ bytes, carried }) => {
    const job = await plant({ worker_id: 'worker-1', reply: channels.wakeUps('api-1') });
    const messages = await published(() =>
      settlement.settle(job, ending({ outcome: outcomeOf(bytes), by: 'worker-1' })),
    );
    expect(messages).toHaveLength(1);
    expect(wakeUp.parse(JSON.parse(String(messages[0]?.[1]))).outcome).toEqual(carried);
  });
});

describe('the worker that runs a job', () => {
  it.each([
    { who: 'another worker', settler: { by: 'worker-2' } },
    { who: 'an API or the sweeper', settler: {} },
  ])('is told to abandon it when $who settles it', async ({ settler }) => {
    const job = await plant({ worker_id: 'worker-1' });
    const messages = await published(() => settlement.settle(job, ending(settler)));
    expect(messages).toEqual([
      [channels.workerControl('worker-1'), JSON.stringify({ kind: 'abandon', job_id: job.id })],
    ]);
  });

  it('is told nothing when it settles the job itself', async () => {
    const job = await plant({ worker_id: 'worker-1' });
    expect(await published(() => settlement.settle(job, ending({ by: 'worker-1' })))).toEqual([]);
  });
});
