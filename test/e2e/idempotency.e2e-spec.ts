import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { Redis } from 'ioredis';
import { AdmissionLedger } from '../../apps/api/src/admission/admission.ledger.js';
import { generateRequest } from '../../apps/api/src/generate/generate.schema.js';
import { idempotencyOf } from '../../apps/api/src/generate/idempotency.js';
import { admissionRequest, callerCalled, ROOMY } from '../support/admission.js';
import { type Answer, codeOf, generate, send } from '../support/client.js';
import { eventually } from '../support/eventually.js';
import { Stack } from '../support/stack.js';

let stack: Stack;

beforeAll(async () => {
  const profiles = { 'sim-second': { latency_ms: 1_000, latency_sigma: 0, tokens_per_second: 0 } };
  const env = { SIMULATOR_PROFILES: JSON.stringify(profiles), RESULT_RETENTION_HOURS: '1' };
  stack = await Stack.start({ apis: 2, workers: 1, env, config: { tiers: { anonymous: limits } } });
});
afterAll(() => stack.stop());

const limits = { requests: { per_minute: 1, burst: 40 }, tokens: { per_minute: 100_000 } };
const BODY = { prompt: 'x', model: 'sim-second' };

const ask = (api: number, user: string, key: string, body: Record<string, unknown> = BODY): Promise<Answer> =>
  generate(stack.url(api), body, { 'x-user-id': user, 'idempotency-key': key });

const jobsOf = async (user: string): Promise<number> => {
  const { body } = await send(`${stack.url()}/jobs`, { headers: { 'x-user-id': user } });
  return (body['jobs'] as unknown[]).length;
};

describe('200 identical requests at once, on two replicas', () => {
  it('make one job, spend once, and are all answered alike', async () => {
    const answers = await Promise.all(
      Array.from({ length: 200 }, (_, at) => ask(at % 2, 'alice', 'order-7')),
    );
    expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([200]));
    expect(new Set(answers.map(({ body }) => JSON.stringify(body))).size).toBe(1);
    const replays = answers.filter(({ headers }) => headers.get('idempotent-replayed') === 'true');
    expect(replays).toHaveLength(199);
    expect(await jobsOf('alice')).toBe(1);
    const next = await generate(stack.url(), { ...BODY, mode: 'async' }, { 'x-user-id': 'alice' });
    expect(next.headers.get('x-ratelimit-remaining-requests')).toBe('38');
  });
});

describe('a repeated request', () => {
  it('is answered as before, on any replica and also when the job has long ended', async () => {
    const first = await ask(0, 'bob', 'k');
    const again = await ask(1, 'bob', 'k');
    expect(again.body).toEqual(first.body);
    expect(again.headers.get('x-sluice-job-id')).toBe(first.headers.get('x-sluice-job-id'));
    expect([first, again].map(({ headers }) => headers.get('idempotent-replayed'))).toEqual([null, 'true']);
  });

  it('with another body is refused, and with the fields in another order it is the same', async () => {
    const first = await ask(0, 'carol', 'k', { prompt: 'x', model: 'sim-fast', mode: 'async' });
    const reused = await ask(1, 'carol', 'k', { prompt: 'y', model: 'sim-fast', mode: 'async' });
    expect([reused.status, codeOf(reused)]).toEqual([422, 'idempotency_key_reused']);
    const same = await ask(1, 'carol', 'k', { mode: 'async', model: 'sim-fast', prompt: 'x' });
    expect([same.status, same.body['job_id']]).toEqual([202, first.body['job_id']]);
    expect(await jobsOf('carol')).toBe(1);
  });

  it('of another caller under the same key is a job of its own', async () => {
    const [one, other] = await Promise.all([ask(0, 'dave', 'k'), ask(0, 'erin', 'k')]);
    expect(one.body['job_id']).not.toBe(other.body['job_id']);
    expect(await jobsOf('erin')).toBe(1);
  });

  it('needs no quota, also when there is none left', async () => {
    const flood = Array.from({ length: 39 }, () =>
      generate(stack.url(), { prompt: 'x', mode: 'async' }, { 'x-user-id': 'frank' }),
    );
    await Promise.all(flood);
    expect((await ask(0, 'frank', 'k')).status).toBe(200);
    const refused = await ask(0, 'frank', 'other');
    expect([refused.status, codeOf(refused)]).toEqual([429, 'rate_limit_exceeded']);
    expect((await ask(1, 'frank', 'k')).status).toBe(200);
  });

  it('goes on although its first caller hung up', async () => {
    const hangUp = new AbortController();
    const held = send(`${stack.url()}/generate`, {
      json: BODY,
      headers: { 'x-user-id': 'grace', 'idempotency-key': 'k' },
      signal: hangUp.signal,
    });
    await eventually('the job to be there', async () => ((await jobsOf('grace')) === 1 ? true : null));
    hangUp.abort();
    await expect(held).rejects.toThrow();
    expect((await ask(1, 'grace', 'k')).status).toBe(200);
    expect(await jobsOf('grace')).toBe(1);
  });

  it.each(['', ' ', 'a b', 'x'.repeat(256), 'é'])('with a key that is none is refused: %j', async (key) => {
    const refused = await ask(0, 'heidi', key).catch((error: unknown) => error);
    // fetch itself refuses some of them.
    if (refused instanceof Error) return;
    expect(codeOf(refused as Answer)).toBe('invalid_value');
  });
});

describe('an API process that dies between admission and queue', () => {
  it('leaves a job that the repeated request brings into the queue', async () => {
    const caller = callerCalled('ivan');
    const body = generateRequest.parse(BODY);
    const idempotency = idempotencyOf('k', { tenant: caller.tenant, route: 'POST /generate', body });
    const redis = new Redis(stack.redis.url);
    const job = admissionRequest({ caller, model: 'sim-second', idempotency });
    const admission = await new AdmissionLedger(redis, 60_000).admit(job, ROOMY);
    redis.disconnect();
    expect(admission.kind).toBe('admitted');
    const answer = await ask(1, 'ivan', 'k');
    expect([answer.status, answer.body['job_id']]).toEqual([200, job.id]);
    expect(await jobsOf('ivan')).toBe(1);
  });

  it('loses no request that is repeated elsewhere, and doubles none', async () => {
    const keys = Array.from({ length: 30 }, (_, at) => `k${at}`);
    const calls = keys.map((key) => ask(0, 'judy', key).catch(() => null));
    const listed = `${stack.url(1)}/jobs`;
    await eventually('some of them to be accepted', async () => {
      const { body } = await send(listed, { headers: { 'x-user-id': 'judy' } });
      return (body['jobs'] as unknown[]).length > 0 ? true : null;
    });
    await stack.apis[0]?.kill();
    await Promise.all(calls);
    const answers = await Promise.all(keys.map((key) => ask(1, 'judy', key)));
    expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([200]));
    const ids = new Set(answers.map(({ body }) => body['job_id']));
    const { body } = await send(`${stack.url(1)}/jobs?limit=100`, { headers: { 'x-user-id': 'judy' } });
    expect(new Set((body['jobs'] as { job_id: string }[]).map(({ job_id }) => job_id))).toEqual(ids);
    expect(ids.size).toBe(30);
  });
});
