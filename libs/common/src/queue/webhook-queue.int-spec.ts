import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { Worker } from 'bullmq';
import { Redis } from 'ioredis';
import type { WebhookDelivery } from '#common/contracts/webhook.js';
import { eventually } from '../../../../test/support/eventually.js';
import { type OwnRedis, startOwnRedis } from '../../../../test/support/own-servers.js';
import { WEBHOOK_QUEUE, WEBHOOK_QUEUE_OPTIONS, WebhookQueue } from './webhook-queue.js';

let own: OwnRedis;
let redis: Redis;
let queue: WebhookQueue;

beforeAll(async () => {
  own = await startOwnRedis();
  redis = new Redis(own.redis.url, { maxRetriesPerRequest: null });
  queue = new WebhookQueue(redis, () => undefined);
});
afterAll(async () => {
  redis.disconnect();
  await own.end();
});

const delivery = (id: string, round = 0): WebhookDelivery => ({
  ...{ id, round, tenant: 'a', endpoint_id: null, url: 'https://example.com/', event: 'job.failed' },
  ...{ job_id: 'job_1', body: '{}', created_ms: 0 },
});

describe('the queue of webhooks', () => {
  it('is empty at first, and holds each round of a delivery once', async () => {
    expect(await queue.depth(Date.now())).toEqual({ ready: 0, delayed: 0, active: 0, oldestMs: 0 });
    await queue.add([delivery('a'), delivery('a'), delivery('a', 1), delivery('b')]);
    await queue.add([delivery('b')]);
    expect(await queue.depth(Date.now())).toMatchObject({ ready: 3, delayed: 0, active: 0 });
  });

  it('tells the age of what was not tried yet', async () => {
    const { oldestMs } = await queue.depth(Date.now() + 60_000);
    expect(oldestMs).toBeGreaterThanOrEqual(60_000);
    expect(oldestMs).toBeLessThan(90_000);
    const worker = new Worker(
      WEBHOOK_QUEUE,
      async () => {
        throw new Error('the receiver is away');
      },
      { ...WEBHOOK_QUEUE_OPTIONS, connection: redis, settings: { backoffStrategy: () => 3_600_000 } },
    );
    worker.on('error', () => undefined);
    await eventually('all to be tried', async () => ((await queue.depth(0)).delayed === 3 ? true : null));
    await worker.close();
    await queue.queue.promoteJobs();
    expect(await queue.depth(Date.now() + 60_000)).toEqual({ ready: 3, delayed: 0, active: 0, oldestMs: 0 });
  });
});
