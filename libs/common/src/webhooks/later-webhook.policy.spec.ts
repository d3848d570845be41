import { describe, expect, it } from '@jest/globals';
import type { DisabledBecause, WebhookEndpoint } from '#common/contracts/webhook.js';
import { laterEndpoint, laterSecret } from './later-webhook.policy.js';

const secret = (version?: number) => ({
  secret: `of ${version}`,
  previous_secret: null,
  previous_until_ms: null,
  ...(version === undefined ? {} : { version }),
});
const endpoint = (
  version: number | undefined,
  disabled_because: DisabledBecause | null = null,
  enabled_version?: number,
): WebhookEndpoint => ({
  ...secret(version),
  id: 'whe_1',
  url: `https://example.com/${version}`,
  events: ['job.completed'],
  disabled_because,
  ...(enabled_version === undefined ? {} : { enabled_version }),
});

describe('what is kept of an endpoint', () => {
  it('is the later version, and what there is when none is held', () => {
    expect(laterEndpoint(null, endpoint(3))).toEqual(endpoint(3));
    expect(laterEndpoint(endpoint(3), endpoint(4))).toEqual(endpoint(4));
    expect(laterEndpoint(endpoint(undefined), endpoint(1))).toEqual(endpoint(1));
    for (const told of [endpoint(2), endpoint(3), endpoint(undefined)])
      expect(laterEndpoint(endpoint(3), told)).toBeNull();
  });

  it('is disabled by a mark upon the same version, and by none upon an older one', () => {
    expect(laterEndpoint(endpoint(3), endpoint(3, 'gone'))).toEqual(endpoint(3, 'gone'));
    expect(laterEndpoint(endpoint(3, 'failing'), endpoint(3, 'gone'))).toBeNull();
    expect(laterEndpoint(endpoint(3), endpoint(2, 'gone'))).toBeNull();
  });

  it('stays disabled through the same row and later ones, until its owner has enabled it', () => {
    const held = endpoint(3, 'gone', 1);
    expect(laterEndpoint(held, endpoint(3, null, 1))).toBeNull();
    expect(laterEndpoint(held, endpoint(4, null, 1))).toEqual(endpoint(4, 'gone', 1));
    expect(laterEndpoint(held, endpoint(4, null, 4))).toEqual(endpoint(4, null, 4));
    expect(laterEndpoint(held, endpoint(4, 'owner', 1))).toEqual(endpoint(4, 'owner', 1));
  });

  it('stays disabled by a mark that came after it was enabled', () => {
    expect(laterEndpoint(endpoint(4, 'gone', 4), endpoint(5, null, 4))).toEqual(endpoint(5, 'gone', 4));
  });
});

describe('what is kept of a default secret', () => {
  it('is the later version', () => {
    expect(laterSecret(null, secret())).toEqual(secret());
    expect(laterSecret(secret(1), secret(2))).toEqual(secret(2));
    expect(laterSecret(secret(2), secret(2))).toBeNull();
    expect(laterSecret(secret(2), secret())).toBeNull();
  });
});
