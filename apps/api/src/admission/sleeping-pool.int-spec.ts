import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { channels, keys } from '#common/redis/keys.js';
import { Redis } from 'ioredis';
import { admissionRequest, ROOMY } from '../../../../test/support/admission.js';
import { eventually } from '../../../../test/support/eventually.js';
import { type OwnRedis, startOwnRedis } from '../../../../test/support/own-servers.js';
import { AdmissionLedger } from './admission.ledger.js';

let server: OwnRedis;
let redis: Redis;
let listener: Redis;
let ledger: AdmissionLedger;

beforeAll(async () => {
  server = await startOwnRedis();
  redis = new Redis(server.redis.url);
  listener = new Redis(server.redis.url);
  ledger = new AdmissionLedger(redis, 60_000);
});
afterAll(async () => {
  for (const connection of [redis, listener]) connection.disconnect();
  await server.end();
});

async function admit(count: number, pool: string): Promise<void> {
  for (let at = 0; at < count; at++)
    expect(await ledger.admit(admissionRequest({ pool }), ROOMY)).toMatchObject({ kind: 'admitted' });
}

describe('a job for a pool that sleeps', () => {
  it('wakes the scaler when it is the first that waits there; one for a pool with workers does not', async () => {
    const woken: string[] = [];
    listener.on('message', (_channel: string, pool: string) => woken.push(pool));
    await listener.subscribe(channels.scalerWake);
    await redis.set(keys.poolAsleep('asleep'), '1', 'PX', 60_000);
    await admit(2, 'default');
    await admit(3, 'asleep');
    await redis.publish(channels.scalerWake, 'the end');
    await eventually('the last message', () => (woken.at(-1) === 'the end' ? true : null));
    expect(woken).toEqual(['asleep', 'the end']);
  });
});
