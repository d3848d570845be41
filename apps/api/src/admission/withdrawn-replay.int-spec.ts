import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { Redis } from 'ioredis';
import { keys } from '#common/redis/keys.js';
import { Settlement } from '#common/settlement/settlement.js';
import { admissionRequest, ROOMY } from '../../../../test/support/admission.js';
import { eventually } from '../../../../test/support/eventually.js';
import { type OwnRedis, startOwnRedis } from '../../../../test/support/own-servers.js';
import { AdmissionLedger } from './admission.ledger.js';
import { Withdrawals } from './withdrawals.js';

let server: OwnRedis;
let redis: Redis;
let withdrawals: Withdrawals;

beforeAll(async () => {
  server = await startOwnRedis();
  redis = new Redis(server.redis.url);
  withdrawals = new Withdrawals(new Settlement(redis, 60_000));
});
afterEach(() => redis.flushall());
afterAll(async () => {
  withdrawals.stop();
  redis.disconnect();
  await server.end();
});

const idempotency = { key: 'key', body: 'body' };
const admit = (request = admissionRequest({ idempotency })) =>
  new AdmissionLedger(redis, 60_000).admit(request, ROOMY);

/** What an API process does about a job of which it told its caller 503. */
async function takeBack(job: { id: string; tenant: string; pool: string }): Promise<string | null> {
  const outcome = { attempts: 0, error_code: 'dependency_unavailable' } as const;
  withdrawals.withdraw(job, { status: 'failed', outcome, isVoid: true, unlessReplayed: true });
  await eventually('it to be taken back', () => (withdrawals.size === 0 ? true : null));
  return redis.hget(keys.job(job.id), 'status');
}

describe('a job of which its first caller was told 503', () => {
  it('goes on when another API process has told a repetition under the same key of it meanwhile', async () => {
    const first = admissionRequest({ idempotency });
    await admit(first);
    expect(await admit()).toMatchObject({ kind: 'replayed', id: first.id });
    expect(await takeBack({ id: first.id, tenant: first.caller.tenant, pool: first.pool })).toBe('queued');
    expect(await admit()).toMatchObject({ kind: 'replayed', id: first.id });
  });

  it('is taken back when nobody has asked again, and its key is free', async () => {
    const first = admissionRequest({ idempotency });
    await admit(first);
    expect(await takeBack({ id: first.id, tenant: first.caller.tenant, pool: first.pool })).toBe('failed');
    expect(await admit()).toMatchObject({ kind: 'admitted' });
  });
});
