import { describe, expect, it } from '@jest/globals';
import { Refusal } from '#common/errors/refusal.js';
import { askedWebhookOf, callTermsOf } from './call-terms.js';

describe('callTermsOf', () => {
  it('has usual terms without headers', () => {
    expect(callTermsOf({}, 600_000)).toEqual({ priority: 'normal', deadlineMs: 600_000 });
  });

  it('takes the priority and the deadline from headers', () => {
    const headers = { 'x-sluice-priority': 'high', 'x-sluice-timeout-ms': '86400000' };
    expect(callTermsOf(headers, 600_000)).toEqual({ priority: 'high', deadlineMs: 86_400_000 });
  });

  it.each([
    ['x-sluice-priority', 'urgent'],
    ['x-sluice-priority', ''],
    ['x-sluice-timeout-ms', '0'],
    ['x-sluice-timeout-ms', '-5'],
    ['x-sluice-timeout-ms', '1.5'],
    ['x-sluice-timeout-ms', '86400001'],
    ['x-sluice-timeout-ms', '1e3'],
    ['x-sluice-timeout-ms', ['5', '6']],
  ])('refuses %s: %j and names the header', (name, value) => {
    const asked = () => callTermsOf({ [name]: value }, 600_000);
    expect(asked).toThrow(Refusal);
    expect(asked).toThrow(
      expect.objectContaining({
        code: 'invalid_value',
        detail: { param: name, message: expect.any(String) },
      }),
    );
  });
});

describe('askedWebhookOf', () => {
  it('reads where the end of the job is told, if a header says so', () => {
    expect(askedWebhookOf({})).toEqual({});
    expect(askedWebhookOf({ 'x-sluice-webhook-url': 'https://example.com/' })).toEqual({
      webhook_url: 'https://example.com/',
    });
    expect(askedWebhookOf({ 'x-sluice-webhook-endpoint-id': 'whe_1' })).toEqual({
      webhook_endpoint_id: 'whe_1',
    });
  });

  it.each([
    { 'x-sluice-webhook-url': '' },
    { 'x-sluice-webhook-url': `https://example.com/${'a'.repeat(2_048)}` },
    { 'x-sluice-webhook-endpoint-id': '' },
    { 'x-sluice-webhook-url': 'https://example.com/', 'x-sluice-webhook-endpoint-id': 'whe_1' },
  ])('refuses %j', (headers) => {
    expect(() => askedWebhookOf(headers)).toThrow(Refusal);
  });
});
