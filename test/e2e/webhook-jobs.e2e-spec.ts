import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { codeOf, send } from '../support/client.js';
import { errorOf, listOf, PUBLIC_URL, textOf, WebhookStack } from '../support/webhooks.js';

let webhooks: WebhookStack;

beforeAll(async () => {
  webhooks = await WebhookStack.start({});
});
afterAll(() => webhooks.stack.stop());

describe('a job', () => {
  it('names where its end is told, by URL or endpoint, in the body or in headers', async () => {
    const id = await webhooks.registered();
    expect(await webhooks.targetOf(await webhooks.queue({ webhook_url: 'https://8.8.8.8' }))).toEqual({
      url: 'https://8.8.8.8/',
    });
    expect(await webhooks.targetOf(await webhooks.queue({ webhook_endpoint_id: id }))).toEqual({
      endpoint_id: id,
    });
    const wire = (headers: Record<string, string>) =>
      send(`${webhooks.stack.url()}/v1/chat/completions`, {
        json: { model: 'sim-fast', messages: [{ role: 'user', content: 'x' }] },
        headers: { ...webhooks.one, 'x-sluice-timeout-ms': '300', ...headers },
      });
    const called = await wire({ 'x-sluice-webhook-endpoint-id': id });
    const jobId = String(called.headers.get('x-sluice-job-id') ?? errorOf(called)['job_id']);
    expect(await webhooks.targetOf({ ...called, body: { job_id: jobId } })).toEqual({ endpoint_id: id });
    const refused = await wire({ 'x-sluice-webhook-url': 'http://127.1/' });
    expect([codeOf(refused), errorOf(refused)['param']]).toEqual(['url_not_allowed', 'x-sluice-webhook-url']);
  });

  it('names one of them, with a key that may, and an endpoint that is enabled', async () => {
    const id = await webhooks.registered();
    expect(errorOf(await webhooks.queue({ webhook_url: PUBLIC_URL, webhook_endpoint_id: id }))).toMatchObject(
      {
        code: 'invalid_value',
        param: 'webhook_url',
      },
    );
    expect(codeOf(await webhooks.queue({ webhook_url: PUBLIC_URL }, webhooks.narrow))).toBe(
      'scope_not_allowed',
    );
    await webhooks.call(`endpoints/${id}`, { method: 'PATCH', json: { is_enabled: false } });
    const disabled = errorOf(await webhooks.queue({ webhook_endpoint_id: id }));
    expect(disabled).toMatchObject({ code: 'invalid_value', message: expect.stringContaining('disabled') });
  });

  it('is another one under its idempotency key when it is told elsewhere', async () => {
    const headers = { ...webhooks.one, 'idempotency-key': 'told-once' };
    expect((await webhooks.queue({ webhook_url: PUBLIC_URL }, headers)).status).toBe(202);
    expect(
      (await webhooks.queue({ webhook_url: PUBLIC_URL }, headers)).headers.get('idempotent-replayed'),
    ).toBe('true');
    expect(codeOf(await webhooks.queue({}, headers))).toBe('idempotency_key_reused');
  });
});

describe('a delivery', () => {
  it('is shown with its bytes and attempts, and sent again with them under the same id, by its tenant alone', async () => {
    const { stack } = webhooks;
    const endpointId = await webhooks.registered();
    const plant = await webhooks.plant({ endpointId });
    const path = `deliveries/${plant.id}`;
    const attempt = {
      id: '1-1',
      delivery_id: plant.id,
      round: 0,
      number: 1,
      at: new Date(),
      latency_ms: 12.5,
    };
    const answered = { response_status: 500, error: 'answered 500', answer: 'oh', status: 'dead' };
    await stack.query(
      'INSERT INTO webhook_attempts SELECT * FROM jsonb_populate_record(NULL::webhook_attempts, $1)',
      [JSON.stringify({ ...attempt, ...answered })],
    );
    const shown = await webhooks.call(path);
    expect(shown.body).toMatchObject({ ...plant, status: 'dead', endpoint_id: endpointId, round: 0 });
    expect(listOf(shown, 'attempts_made')).toMatchObject([
      { number: 1, round: 0, latency_ms: 12.5, response_status: 500, error: 'answered 500', answer: 'oh' },
    ]);
    expect(listOf(await webhooks.call('deliveries?status=dead'), 'deliveries')).toMatchObject([
      { id: plant.id },
    ]);
    expect(listOf(await webhooks.call('deliveries', { as: webhooks.other }), 'deliveries')).toEqual([]);
    for (const [foreign, method] of [
      [path, 'GET'],
      [`${path}/replay`, 'POST'],
    ] as const)
      expect(codeOf(await webhooks.call(foreign, { method, as: webhooks.other }))).toBe(
        'webhook_delivery_not_found',
      );
    await webhooks.patch(endpointId, { url: 'https://8.8.4.4/new' });
    const replayed = await webhooks.call(`${path}/replay`, { method: 'POST' });
    expect([replayed.status, replayed.body]).toEqual([202, { id: plant.id, status: 'pending', round: 1 }]);
    const { id, body } = plant;
    const queued = { id, body, round: 1, endpoint_id: endpointId, url: 'https://8.8.4.4/new' };
    expect(await webhooks.field(`webhooks:${id}-1`, 'data')).toMatchObject(queued);
  });

  it('is counted in the metrics and hidden on the board', async () => {
    const url = webhooks.stack.url();
    const { id } = await webhooks.plant();
    const json = { from: 0, to: Date.now() / 1_000 + 60 };
    const replayed = await webhooks.call('deliveries/replay', { json });
    expect([replayed.status, replayed.body]).toEqual([202, { replayed: 1, skipped: 0, next_cursor: null }]);
    const metrics = textOf(await send(`${url}/metrics`), 'text');
    expect(metrics).toMatch(/^sluice_webhook_queue_depth\{state="ready",app="api"\} [1-9]/m);
    const board = await send(`${url}/admin/board/api/queues?activeQueue=webhooks&status=waiting`);
    const entry = await send(`${url}/admin/board/api/queues/webhooks/${id}-1`);
    const shown = JSON.stringify([board.body, entry.body]);
    expect(shown).toContain(id);
    for (const hidden of ['CANARY-body', PUBLIC_URL]) expect(shown).not.toContain(hidden);
  });
});
