import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { Redis } from 'ioredis';
import { keys } from '#common/redis/keys.js';
import { eventually } from '../support/eventually.js';
import { send } from '../support/client.js';
import { Stack } from '../support/stack.js';
import { isSignedBy, WebhookReceiver } from '../support/webhook-receiver.js';

let stack: Stack;
let look: Redis;
let receiver: WebhookReceiver;

beforeAll(async () => {
  receiver = await WebhookReceiver.start((response) => response.writeHead(200).end('thank you'));
  stack = await Stack.start({
    isTelling: true,
    env: { WEBHOOK_ALLOW_HOSTS: `127.0.0.1:${receiver.port}` },
  });
  look = stack.look();
}, 90_000);
afterAll(async () => {
  look.disconnect();
  await stack.stop();
  await receiver.stop();
});

async function generate(path: string): Promise<string> {
  const { body } = await send(`${stack.url()}/generate`, {
    json: {
      prompt: 'Why do queues help?',
      model: 'sim-fast',
      mode: 'async',
      metadata: { order: '7' },
      webhook_url: receiver.url(path),
    },
  });
  return String(body['job_id']);
}

/** The first row that is no more pending. */
const rowOf = (table: string, column: string, value: unknown): Promise<Record<string, unknown>> =>
  eventually(
    `a row of ${table}`,
    async () => {
      const found = await stack.query(`SELECT * FROM ${table} WHERE ${column} = $1`, [value]);
      return found?.find(({ status }) => status !== 'pending') ?? null;
    },
    { withinMs: 30_000 },
  );

describe('a job with a webhook', () => {
  it('is told when it has ended: the bytes in the table, signed with the tenant’s secret, with its attempt', async () => {
    const jobId = await generate('/done');
    const delivery = await rowOf('webhook_deliveries', 'job_id', jobId);
    expect(delivery).toMatchObject({
      status: 'delivered',
      event: 'job.completed',
      endpoint_id: null,
      url: receiver.url('/done'),
      round: 0,
      attempts: 1,
      response_status: 200,
      error: null,
    });
    expect(await rowOf('webhook_attempts', 'delivery_id', delivery['id'])).toMatchObject({
      number: 1,
      response_status: 200,
      error: null,
      answer: 'thank you',
    });
    const [received, ...others] = receiver.received;
    if (received === undefined) throw new Error('nothing was received');
    expect(others).toEqual([]);
    expect(received.raw.toString()).toBe(delivery['body']);
    const { secret } = await rowOf('webhook_secrets', 'tenant', delivery['tenant']);
    expect(isSignedBy(String(secret), received)).toBe(true);
    const shown = await send(`${stack.url()}/jobs/${jobId}`);
    expect(JSON.parse(received.raw.toString())).toMatchObject({ type: 'job.completed', data: shown.body });
    await eventually('the log to be empty', async () =>
      (await look.xlen(keys.webhookLog)) === 0 ? true : null,
    );
  });

  it('that ends while nobody tells is told by whoever comes next', async () => {
    await stack.tell?.kill();
    const jobId = await generate('/later');
    await eventually('its end', async () =>
      (await send(`${stack.url()}/jobs/${jobId}`)).status === 200 ? true : null,
    );
    await stack.startWorker({ WORKER_ROLES: 'tell' });
    expect(await rowOf('webhook_deliveries', 'job_id', jobId)).toMatchObject({ status: 'delivered' });
    expect(receiver.received).toHaveLength(2);
  });
});
