import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { ScalingOrders } from '#common/scaling/scaling-orders.js';
import { type Answer, codeOf, type Request, send } from '../../../../test/support/client.js';
import { ScalerPages } from '../../../../test/support/scaler-pages.js';

const TOKEN = 'a-token-of-alertmanager';

let pages: ScalerPages;
let url: string;
let openUrl: string;

beforeAll(async () => {
  pages = await ScalerPages.start();
  url = await pages.open(TOKEN);
  openUrl = await pages.open(null);
});
afterEach(() => pages.redis.flushall());
afterAll(() => pages.end());

const alert = (labels: Record<string, string>, more: Record<string, unknown> = {}) => ({
  status: 'firing',
  labels: { alertname: 'Launch', ...labels },
  annotations: { summary: 'a launch' },
  startsAt: '2026-01-01T00:00:00Z',
  endsAt: '0001-01-01T00:00:00Z',
  fingerprint: 'c0ffee0123456789',
  ...more,
});
const payload = (...alerts: unknown[]) => ({ version: '4', status: 'firing', receiver: 'sluice', alerts });
const hook = (request: Request, base = url, token: string | null = TOKEN): Promise<Answer> =>
  send(`${base}/hooks/alertmanager`, {
    ...request,
    headers: {
      'content-type': 'application/json',
      ...(token === null ? {} : { authorization: `Bearer ${token}` }),
      ...request.headers,
    },
  });
const inForce = async (pool = 'default') => new ScalingOrders(pages.redis).list(pool, await pages.now());

describe('POST /hooks/alertmanager', () => {
  const floor = alert({ sluice_order: 'floor', sluice_workers: '3', sluice_minutes: '30' });

  it('makes one order of an alert however often it fires, and takes it back when it is resolved', async () => {
    const { status, body } = await hook({ json: payload(floor, floor) });
    const said = { did: 'ordered', pool: 'default', workers: 3, because: null };
    expect([status, body]).toMatchObject([200, { alerts: [said, said] }]);
    await hook({ json: payload(floor) });
    const orders = await inForce();
    expect(orders).toMatchObject([{ id: floor.fingerprint, kind: 'floor', workers: 3, source: 'alert' }]);
    expect(orders[0]?.until_ms).toBeGreaterThan((await pages.now()) + 29 * 60_000);
    const resolved = await hook({ json: payload({ ...floor, status: 'resolved' }) });
    expect(resolved.body).toMatchObject({ alerts: [{ did: 'taken_back' }] });
    expect(await inForce()).toEqual([]);
    const again = await hook({ json: payload({ ...floor, status: 'resolved' }) });
    expect(again.body).toMatchObject({ alerts: [{ did: 'nothing' }] });
  });

  it('says of each alert that asks for nothing why', async () => {
    const json = payload(alert({}), alert({ sluice_order: 'floor', sluice_pool: 'gold' }), floor);
    expect((await hook({ json })).body).toMatchObject({
      alerts: [
        { did: 'nothing', because: 'it has no label sluice_order' },
        { did: 'nothing', because: 'there is no such pool' },
        { did: 'ordered' },
      ],
    });
    expect(await inForce()).toHaveLength(1);
  });

  it('is closed to whoever does not show the token, before it reads the body', async () => {
    for (const token of [null, 'wrong', `${TOKEN}x`]) {
      const { status, headers } = await hook({ raw: '{' }, url, token);
      expect([status, headers.get('www-authenticate')]).toEqual([401, 'Bearer realm="Sluice scaler"']);
    }
    const detour = await send(`${url}/%68ooks/alertmanager`, { json: payload(floor) });
    expect(codeOf(detour)).toBe('hook_token_required');
    expect(await inForce()).toEqual([]);
  });

  it('without a token is for this machine alone, and for no page in a browser', async () => {
    expect((await hook({ json: payload(floor) }, openUrl, null)).status).toBe(200);
    for (const header of ['x-forwarded-for', 'forwarded', 'origin']) {
      const foreign = { json: payload(floor), headers: { [header]: 'http://example.org' } };
      expect(codeOf(await hook(foreign, openUrl, null))).toBe('hook_token_required');
    }
  });

  it('takes at most 256 KiB', async () => {
    const long = alert({ note: 'x'.repeat(256 * 1_024) });
    const answer = await hook({ json: payload(long) });
    expect([answer.status, codeOf(answer)]).toEqual([413, 'body_too_large']);
    expect(JSON.stringify(answer.body)).toContain('256 KiB');
  });

  it.each([
    ['no JSON', '{"version":', 'invalid_json'],
    ['nothing', '', 'invalid_json'],
    ['a list', '[]', 'invalid_value'],
    ['another version', JSON.stringify({ version: '3', alerts: [] }), 'invalid_value'],
    [
      'a fingerprint that is none',
      JSON.stringify(payload({ ...floor, fingerprint: 'admin' })),
      'invalid_value',
    ],
    ['a prototype', '{"version":"4","alerts":[],"__proto__":{"a":1}}', 'invalid_json'],
    ['deep nesting', `{"version":"4","alerts":${'['.repeat(50_000)}${']'.repeat(50_000)}}`, 'invalid_value'],
  ])('refuses %s', async (_, raw, code) => {
    const answer = await hook({ raw });
    expect([answer.status, codeOf(answer)]).toEqual([400, code]);
  });

  it('never breaks, whatever stands in the body', async () => {
    const labels = fc.dictionary(
      fc.constantFrom('sluice_pool', 'sluice_order', 'sluice_workers', 'sluice_minutes', '__proto__'),
      fc.oneof(
        fc.string(),
        fc.constantFrom('default', 'floor', 'pause', '3', '-1', '99999999'),
        fc.integer(),
      ),
    );
    const anything = fc.oneof(
      fc.json(),
      fc.string(),
      fc
        .record({
          status: fc.constantFrom('firing', 'resolved', 'x'),
          labels,
          fingerprint: fc.constant('ab'),
        })
        .map((one) => JSON.stringify(payload(one))),
    );
    await fc.assert(
      fc.asyncProperty(anything, async (raw) => {
        expect((await hook({ raw })).status).toBeLessThan(500);
      }),
      { numRuns: 100 },
    );
  });

  it('is answered 503 while Redis is away, so that the alerts come again', async () => {
    await pages.server.redis.freeze();
    try {
      expect(codeOf(await hook({ json: payload(floor) }))).toBe('dependency_unavailable');
    } finally {
      await pages.server.redis.thaw();
    }
    await pages.untilConnected();
  });
});
