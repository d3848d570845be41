import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { configFile, type TierConfig } from '#common/config/config-file.js';
import { digest } from '#common/contracts/digest.js';
import { keys } from '#common/redis/keys.js';
import { Redis } from 'ioredis';
import { admissionRequest, callerCalled, ROOMY } from '../../../../test/support/admission.js';
import { type OwnRedis, startOwnRedis } from '../../../../test/support/own-servers.js';
import { AdmissionLedger, type AdmissionTerms } from './admission.ledger.js';
import { ruleTerms } from './admission-terms.policy.js';

const MODEL = 'sim-fast';
const MINUTE_MS = 60_000;
/** The tiers as they are without configuration, but all with one rate, so that only their floors differ. */
const { tiers } = configFile.parse({});
const PER_MINUTE = 100;

let server: OwnRedis;
let redis: Redis;
let ledger: AdmissionLedger;

beforeAll(async () => {
  server = await startOwnRedis();
  redis = new Redis(server.redis.url);
  ledger = new AdmissionLedger(redis, 60_000);
});
afterEach(() => redis.flushall());
afterAll(async () => {
  redis.disconnect();
  await server.end();
});

/** As the workers' tallies write them. */
const know = (factors: Record<string, number>) =>
  redis.hset(keys.adaptiveFactors(digest(MODEL, 16)), factors);

type Strategy = NonNullable<TierConfig['requests']>['strategy'];

function termsOf(name: string, strategy: Strategy, burst: number): AdmissionTerms {
  const tier = tiers[name];
  if (tier === undefined) throw new Error(`no tier ${name}`);
  const requests = { per_minute: PER_MINUTE, burst, strategy, shadow: false };
  const rules = ruleTerms(
    { keyBudget: null },
    { ...tier, requests, tokens: undefined },
    { tokens: 10, nanoUsd: 0 },
  );
  return { ...ROOMY, rules };
}

const ask = (caller: string, terms: AdmissionTerms) =>
  ledger.admit(admissionRequest({ caller: callerCalled(caller), model: MODEL }), terms);

/** How many of a nominal minute's requests a tier gets in within one window. */
async function admittedOf(tier: string): Promise<number> {
  const terms = termsOf(tier, 'sliding_window', PER_MINUTE);
  let admitted = 0;
  for (let at = 0; at < PER_MINUTE; at++) {
    if ((await ask(`${tier} in one window`, terms)).kind === 'admitted') admitted++;
  }
  return admitted;
}

/** Requests a minute that flow back into a tier's bucket: an empty bucket tells when the next one is there. */
async function refillOf(tier: string): Promise<number> {
  const terms = termsOf(tier, 'token_bucket', 1);
  await ask(`${tier} by bucket`, terms);
  const refusal = await ask(`${tier} by bucket`, terms);
  if (refusal.kind !== 'refused') throw new Error(refusal.kind);
  return MINUTE_MS / refusal.retry_ms;
}

describe('while every backend of a model is down to a tenth', () => {
  it('premium keeps half of its nominal rate, and the lower tiers absorb the cut', async () => {
    await know({ a: 0.1, b: 0.1 });
    expect(await admittedOf('premium')).toBe(PER_MINUTE / 2);
    expect(await admittedOf('basic')).toBe(PER_MINUTE / 10);
    expect(await admittedOf('anonymous')).toBe(PER_MINUTE / 10);
  });

  it('premium’s bucket refills at half of its rate or more, basic’s at less', async () => {
    await know({ a: 0.1 });
    // The little that flows back between the two requests only shortens the wait.
    expect(await refillOf('premium')).toBeGreaterThanOrEqual(PER_MINUTE / 2);
    const basic = await refillOf('basic');
    expect(basic).toBeGreaterThanOrEqual(PER_MINUTE / 10);
    expect(basic).toBeLessThan(PER_MINUTE / 2);
  });
});

describe('while one of two backends of a model is down to a tenth', () => {
  it('every tier keeps what the two can still bear', async () => {
    await know({ a: 0.1, b: 1 });
    expect(await admittedOf('premium')).toBe(55);
    expect(await admittedOf('basic')).toBe(55);
  });
});

describe('a model whose backends are well, or of which nothing is known', () => {
  it('is admitted at its nominal rate', async () => {
    expect(await admittedOf('premium')).toBe(PER_MINUTE);
    await know({ a: 1, b: 1 });
    expect(await admittedOf('basic')).toBe(PER_MINUTE);
  });

  it('is not cut for the failures of another model', async () => {
    await redis.hset(keys.adaptiveFactors(digest('sim-slow', 16)), { a: 0.1 });
    expect(await admittedOf('basic')).toBe(PER_MINUTE);
  });
});
