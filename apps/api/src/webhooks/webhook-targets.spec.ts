import { describe, expect, it } from '@jest/globals';
import type { WebhookEndpoint } from '#common/contracts/webhook.js';
import { AllowedHosts } from '#common/network/allowed-hosts.js';
import { SCOPES, type Scope } from '../identity/api-keys.schema.js';
import { WebhookTargets } from './webhook-targets.js';

const caller = (scopes: readonly Scope[] = SCOPES) => ({ tenant: 'a', scopes });
const endpoint: WebhookEndpoint = {
  id: 'whe_1',
  url: 'https://example.com/',
  events: [],
  disabled_because: null,
  secret: 's',
  previous_secret: null,
  previous_until_ms: null,
};

function targets(found: () => Promise<WebhookEndpoint | null>): WebhookTargets {
  return new WebhookTargets({ endpoint: found }, { allowedHosts: AllowedHosts.NONE });
}
const holding = (held: WebhookEndpoint | null) => targets(async () => held);
const unread = targets(async () => {
  throw new Error('was read');
});

describe('the target of a job', () => {
  it('costs no look at Redis unless the job names an endpoint', async () => {
    expect(await unread.of(caller(), {})).toBeUndefined();
    expect(await unread.of(caller([]), {})).toBeUndefined();
    expect(await unread.of(caller(), { webhook_url: 'https://EXAMPLE.com/a b' })).toEqual({
      url: 'https://example.com/a%20b',
    });
  });

  it('is an endpoint that is there and enabled', async () => {
    const asked = { webhook_endpoint_id: 'whe_1' };
    expect(await holding(endpoint).of(caller(), asked)).toEqual({ endpoint_id: 'whe_1' });
    await expect(holding(null).of(caller(), asked)).rejects.toMatchObject({
      code: 'webhook_endpoint_not_found',
      detail: { param: 'webhook_endpoint_id' },
    });
    const gone = holding({ ...endpoint, disabled_because: 'gone' });
    await expect(gone.of(caller(), asked)).rejects.toMatchObject({ code: 'invalid_value' });
    await expect(unread.of(caller(), asked)).rejects.toMatchObject({ code: 'dependency_unavailable' });
  });

  it('is named by nobody whose key lacks the scope', async () => {
    const narrow = caller(['generate']);
    for (const asked of [{ webhook_url: 'http://127.0.0.1' }, { webhook_endpoint_id: 'whe_1' }])
      await expect(unread.of(narrow, asked)).rejects.toMatchObject({ code: 'scope_not_allowed' });
  });

  it('is no URL inside the network, and the refusal names where it stood', async () => {
    const params = { url: 'x-sluice-webhook-url', endpointId: 'x-sluice-webhook-endpoint-id' };
    await expect(unread.of(caller(), { webhook_url: 'http://0x7f.1/' }, params)).rejects.toMatchObject({
      code: 'url_not_allowed',
      detail: { param: 'x-sluice-webhook-url', message: expect.stringContaining('WEBHOOK_ALLOW_HOSTS') },
    });
  });
});
