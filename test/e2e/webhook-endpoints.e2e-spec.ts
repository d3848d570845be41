import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { codeOf } from '../support/client.js';
import { eventually } from '../support/eventually.js';
import { errorOf, listOf, PUBLIC_URL, textOf, WebhookStack } from '../support/webhooks.js';

const INSIDE = [
  'http://127.0.0.1/hook',
  'http://127.1/hook',
  'http://0x7f.1/hook',
  'http://2130706433/hook',
  'http://127.0.0.1./hook',
  'http://LOCALHOST./hook',
  'http://[::ffff:127.0.0.1]/hook',
  'http://169.254.169.254/latest/meta-data',
  'http://[fd00:ec2::254]/hook',
  'ftp://example.com/hook',
  'https://user:password@8.8.8.8/hook',
];
const UNKNOWN_ENDPOINT = 'whe_00000000-0000-7000-8000-000000000000';
const SECRET = /^whsec_[A-Za-z0-9+/]{43}=$/;

let webhooks: WebhookStack;

/** What Redis holds of the first tenant's receivers. */
const projected = (field: string) => webhooks.field(`tenant:${webhooks.tenant}:webhooks`, field);

beforeAll(async () => {
  webhooks = await WebhookStack.start({ WEBHOOK_ALLOW_HOSTS: 'hooks.internal' });
});
afterAll(() => webhooks.stack.stop());

describe('a webhook endpoint', () => {
  it('is registered with a secret that is shown once, listed, and read by its tenant', async () => {
    const made = await webhooks.register({ events: ['job.failed'], description: 'On call' });
    expect(made.status).toBe(201);
    const { secret, ...view } = made.body;
    expect(secret).toMatch(SECRET);
    expect(view).toMatchObject({
      url: PUBLIC_URL,
      events: ['job.failed'],
      description: 'On call',
      disabled_because: null,
      disabled_at: null,
      failing_since: null,
    });
    const read = await webhooks.call(`endpoints/${textOf(made, 'id')}`);
    expect([read.status, read.body]).toEqual([200, view]);
    expect(listOf(await webhooks.call('endpoints'), 'endpoints')).toContainEqual(view);
    expect(await projected(textOf(made, 'id'))).toMatchObject({
      url: PUBLIC_URL,
      secret,
      events: ['job.failed'],
    });
  });

  it('wants every event unless it says which, and may be a host of WEBHOOK_ALLOW_HOSTS', async () => {
    const made = await webhooks.register({ url: 'http://hooks.internal:8080/a b' });
    expect(made.body).toMatchObject({
      url: 'http://hooks.internal:8080/a%20b',
      events: ['job.completed', 'job.failed', 'job.cancelled', 'job.expired'],
    });
  });

  it('is another tenant’s: unknown, in every route', async () => {
    const id = await webhooks.registered();
    const path = `endpoints/${id}`;
    const answers = await Promise.all([
      webhooks.call(path, { as: webhooks.other }),
      webhooks.call(path, { method: 'PATCH', json: { is_enabled: false }, as: webhooks.other }),
      webhooks.call(`${path}/rotate`, { json: {}, as: webhooks.other }),
      webhooks.call(path, { method: 'DELETE', as: webhooks.other }),
      webhooks.call('endpoints/anything'),
      webhooks.call(`endpoints/${UNKNOWN_ENDPOINT}`),
    ]);
    expect(answers.map((answer) => [answer.status, codeOf(answer)])).toEqual(
      answers.map(() => [404, 'webhook_endpoint_not_found']),
    );
    expect(codeOf(await webhooks.queue({ webhook_endpoint_id: id }, webhooks.other))).toBe(
      'webhook_endpoint_not_found',
    );
    expect(listOf(await webhooks.call('endpoints', { as: webhooks.other }), 'endpoints')).toEqual([]);
    expect((await webhooks.call(path)).body).toMatchObject({ disabled_because: null });
  });

  it('needs the scope webhooks', async () => {
    for (const path of ['endpoints', 'secret', 'deliveries'])
      expect(codeOf(await webhooks.call(path, { as: webhooks.narrow }))).toBe('scope_not_allowed');
  });

  it('is changed, disabled and enabled, which forgets its failures', async () => {
    const id = await webhooks.registered();
    const path = `endpoints/${id}`;
    const patch = (json: Record<string, unknown>) => webhooks.call(path, { method: 'PATCH', json });
    const changed = await patch({ url: 'https://8.8.4.4/', events: ['job.expired'], is_enabled: false });
    expect(changed.body).toMatchObject({ url: 'https://8.8.4.4/', disabled_because: 'owner' });
    expect(await projected(id)).toMatchObject({ events: ['job.expired'], disabled_because: 'owner' });
    const redis = webhooks.stack.look();
    await redis.set(`{sluice}:webhook:${id}:failing`, 1_700_000_000_000);
    expect((await webhooks.call(path)).body['failing_since']).toBe(1_700_000_000);
    const enabled = await patch({ is_enabled: true });
    expect(enabled.body).toMatchObject({ disabled_because: null, disabled_at: null, failing_since: null });
    expect(await redis.exists(`{sluice}:webhook:${id}:failing`)).toBe(0);
    redis.disconnect();
    expect(await projected(id)).toMatchObject({ disabled_because: null, url: 'https://8.8.4.4/' });
    expect(codeOf(await patch({ events: ['job.failed', 'job.failed'] }))).toBe('invalid_value');
    expect(codeOf(await patch({ description: 'NUL \u0000' }))).toBe('invalid_value');
  });

  it('signs with its new secret and the one before after a rotation, for as long as asked', async () => {
    const made = await webhooks.register();
    const id = textOf(made, 'id');
    const before = Date.now();
    const rotated = await webhooks.call(`endpoints/${id}/rotate`, { json: { grace_seconds: 60 } });
    expect(rotated.status).toBe(201);
    expect(rotated.body['secret']).toMatch(SECRET);
    expect(rotated.body['secret']).not.toBe(made.body['secret']);
    const held = await projected(id);
    expect(held).toMatchObject({ secret: rotated.body['secret'], previous_secret: made.body['secret'] });
    const untilMs = Number(held?.['previous_until_ms']);
    expect(untilMs - before).toBeGreaterThanOrEqual(59_000);
    expect(untilMs - Date.now()).toBeLessThanOrEqual(61_000);
    expect(codeOf(await webhooks.call(`endpoints/${id}/rotate`, { json: { grace_seconds: 700_000 } }))).toBe(
      'invalid_value',
    );
  });

  it('is gone once it is deleted', async () => {
    const id = await webhooks.registered();
    const gone = await webhooks.call(`endpoints/${id}`, { method: 'DELETE' });
    expect(gone.status).toBe(204);
    expect(await projected(id)).toBeNull();
    expect(codeOf(await webhooks.call(`endpoints/${id}`, { method: 'DELETE' }))).toBe(
      'webhook_endpoint_not_found',
    );
    const asked = await webhooks.queue({ webhook_endpoint_id: id });
    expect([asked.status, errorOf(asked)['param']]).toEqual([404, 'webhook_endpoint_id']);
  });
});

describe('a URL inside the network', () => {
  it.each(INSIDE)('is refused for an endpoint and for a job: %s', async (url) => {
    const refused = await webhooks.register({ url });
    expect([refused.status, codeOf(refused)]).toEqual([400, 'url_not_allowed']);
    expect(errorOf(refused)).toMatchObject({
      param: 'url',
      message: expect.stringContaining('WEBHOOK_ALLOW_HOSTS'),
    });
    const job = await webhooks.queue({ webhook_url: url });
    expect([job.status, codeOf(job)]).toEqual([400, 'url_not_allowed']);
    expect(errorOf(job)).toMatchObject({
      param: 'webhook_url',
      message: expect.stringContaining('WEBHOOK_ALLOW_HOSTS'),
    });
  });

  it('is refused as a change of an endpoint', async () => {
    const id = await webhooks.registered();
    const patched = await webhooks.call(`endpoints/${id}`, {
      method: 'PATCH',
      json: { url: 'http://0x7f.1/' },
    });
    expect(codeOf(patched)).toBe('url_not_allowed');
    expect((await webhooks.call(`endpoints/${id}`)).body['url']).toBe(PUBLIC_URL);
  });
});

describe('the default secret', () => {
  it('is made once, is the tenant’s own, and signs beside its successor after a rotation', async () => {
    const [made, again, foreign] = await Promise.all([
      webhooks.call('secret'),
      webhooks.call('secret'),
      webhooks.call('secret', { as: webhooks.other }),
    ]);
    expect(made.body).toEqual({ secret: expect.stringMatching(SECRET), previous_until: null });
    expect(again.body).toEqual(made.body);
    expect(foreign.body['secret']).not.toBe(made.body['secret']);
    const rotated = await webhooks.call('secret/rotate', { json: {} });
    expect([rotated.status, (await webhooks.call('secret')).body]).toEqual([201, rotated.body]);
    expect(await projected('default')).toMatchObject({
      secret: rotated.body['secret'],
      previous_secret: made.body['secret'],
    });
  });
});

describe('without PostgreSQL', () => {
  it('the routes answer 503 within seconds, and jobs go on naming endpoints', async () => {
    const id = await webhooks.registered();
    await webhooks.stack.postgres?.stop();
    try {
      const answers = await Promise.all([
        webhooks.call('endpoints'),
        webhooks.register(),
        webhooks.call('secret'),
        webhooks.call('deliveries'),
        webhooks.call('deliveries/replay', { json: { from: 0, to: 1 } }),
      ]);
      expect(answers.map((answer) => [answer.status, codeOf(answer)])).toEqual(
        answers.map(() => [503, 'dependency_unavailable']),
      );
      expect(await webhooks.targetOf(await webhooks.queue({ webhook_endpoint_id: id }))).toEqual({
        endpoint_id: id,
      });
    } finally {
      await webhooks.stack.postgres?.restart();
    }
    await eventually(
      'PostgreSQL',
      async () => ((await webhooks.call('endpoints')).status === 200 ? true : null),
      {
        withinMs: 15_000,
      },
    );
  });
});
