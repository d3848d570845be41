import { describe, expect, it } from '@jest/globals';
import { WEBHOOK_EVENTS, type WebhookEndpoint } from '#common/contracts/webhook.js';
import { receiversOf } from './receivers.policy.js';

const endpoint = (id: string, changes: Partial<WebhookEndpoint> = {}): WebhookEndpoint => ({
  id,
  url: `https://${id}.example.com/hook`,
  events: [...WEBHOOK_EVENTS],
  disabled_because: null,
  secret: 'whsec_c2VjcmV0',
  previous_secret: null,
  previous_until_ms: null,
  ...changes,
});
const endpoints = [
  endpoint('whe_all'),
  endpoint('whe_failures', { events: ['job.failed'] }),
  endpoint('whe_off', { disabled_because: 'gone' }),
];
const told = (...args: Parameters<typeof receiversOf>) =>
  receiversOf(...args).map((each) => each.endpoint_id);

describe('the receivers of a job’s end', () => {
  it('are the enabled endpoints of its tenant that want the event', () => {
    expect(told(null, 'job.completed', endpoints)).toEqual(['whe_all']);
    expect(told(null, 'job.failed', endpoints)).toEqual(['whe_all', 'whe_failures']);
  });

  it('are the one that the job named, whatever it wants, and no other', () => {
    expect(told({ endpoint_id: 'whe_failures' }, 'job.completed', endpoints)).toEqual(['whe_failures']);
    expect(told({ endpoint_id: 'whe_off' }, 'job.completed', endpoints)).toEqual(['whe_off']);
    expect(told({ endpoint_id: 'whe_another' }, 'job.completed', endpoints)).toEqual([]);
    expect(receiversOf({ url: 'https://a.example.com/' }, 'job.expired', endpoints)).toEqual([
      { endpoint_id: null, url: 'https://a.example.com/' },
    ]);
  });

  it('are none for a line of a batch', () => {
    expect(told({ nobody: true }, 'job.completed', endpoints)).toEqual([]);
  });
});
