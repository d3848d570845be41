import { describe, expect, it } from '@jest/globals';
import { cursorOf, deliveryQuery, replayRequest } from './deliveries.schema.js';

const ID = `msg_${'0'.repeat(40)}`;

describe('a query of deliveries', () => {
  it.each([
    ['1700000000', 1_700_000_000_000],
    ['1700000000.25', 1_700_000_000_250],
    ['2023-11-14T22:13:20Z', 1_700_000_000_000],
    ['2023-11-14T23:13:20+01:00', 1_700_000_000_000],
  ])('reads the moment %s', (from, ms) => {
    expect(deliveryQuery.parse({ from }).from?.getTime()).toBe(ms);
  });

  it.each([
    { from: 'yesterday' },
    { from: '2023-11-14T22:13:20' },
    { from: '2023-11-14' },
    { to: '-5' },
    { to: '999999999999' },
    { to: '0000-01-01T00:00:00Z' },
    { to: '9999-12-31T23:59:59-12:00' },
    { cursor: `1700000000000-${ID}x` },
    { cursor: ID },
    { endpoint_id: 'default' },
    { job_id: 'job_\u0000' },
    { limit: '101' },
    { status: 'lost' },
    { event: 'job.queued' },
  ])('refuses %j', (query) => {
    expect(deliveryQuery.safeParse(query).success).toBe(false);
  });

  it('goes on where a cursor says', () => {
    const last = { createdAt: new Date(1_700_000_000_123), id: ID };
    expect(deliveryQuery.parse({ cursor: cursorOf(last) }).cursor).toEqual(last);
  });
});

describe('a replay', () => {
  it('is of dead deliveries of a time with a beginning before its end', () => {
    expect(replayRequest.parse({ from: 5, to: '6' })).toMatchObject({
      from: new Date(5_000),
      to: new Date(6_000),
      status: 'dead',
    });
    for (const wrong of [{ from: 6, to: 6 }, { from: 5 }, { from: 5, to: 6, extra: 1 }, { from: NaN, to: 6 }])
      expect(replayRequest.safeParse(wrong).success).toBe(false);
  });
});
