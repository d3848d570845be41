import { describe, expect, it } from '@jest/globals';
import { type AlertOrder, orderOfAlert } from './alert-order.policy.js';

const NOW = 1_800_000_000_000;
const TERMS = {
  maxByPool: new Map([
    ['default', 4],
    ['large', 50],
  ]),
  nowMs: NOW,
};

const asked = (labels: Record<string, string>, status: 'firing' | 'resolved' = 'firing'): AlertOrder =>
  orderOfAlert({ status, labels, fingerprint: 'c0ffee' }, TERMS);

describe('an alert that fires', () => {
  it('asks what its labels say, for ten minutes, of the pool default', () => {
    expect(asked({ alertname: 'Launch', sluice_order: 'floor', sluice_workers: '3' })).toEqual({
      kind: 'put',
      pool: 'default',
      order: {
        id: 'c0ffee',
        kind: 'floor',
        workers: 3,
        until_ms: NOW + 600_000,
        source: 'alert',
        because: 'alert Launch',
      },
    });
  });

  it('asks for no more workers than the pool may have', () => {
    const labels = { sluice_order: 'floor', sluice_workers: '30' };
    expect(asked(labels)).toMatchObject({ order: { workers: 4 } });
    expect(asked({ ...labels, sluice_pool: 'large' })).toMatchObject({
      pool: 'large',
      order: { workers: 30 },
    });
  });

  it('needs no number to pause the scaler', () => {
    const labels = { sluice_order: 'pause', sluice_minutes: '1440' };
    expect(asked(labels)).toMatchObject({ order: { workers: null, until_ms: NOW + 86_400_000 } });
  });

  it.each([
    [{}, 'it has no label sluice_order'],
    [{ sluice_order: 'floor', sluice_workers: '1', sluice_pool: 'gold' }, 'there is no such pool'],
    [{ sluice_order: 'dance' }, 'sluice_order is one of fixed, floor, ceiling, pause'],
    [{ sluice_order: 'floor' }, 'sluice_workers is a number, 0 or more'],
    [{ sluice_order: 'floor', sluice_workers: '-1' }, 'sluice_workers is a number, 0 or more'],
    [{ sluice_order: 'floor', sluice_workers: '1e3' }, 'sluice_workers is a number, 0 or more'],
    [{ sluice_order: 'pause', sluice_minutes: '0' }, 'sluice_minutes is a number from 1 to 1440'],
    [{ sluice_order: 'pause', sluice_minutes: '1441' }, 'sluice_minutes is a number from 1 to 1440'],
    [{ sluice_order: 'pause', sluice_minutes: 'soon' }, 'sluice_minutes is a number from 1 to 1440'],
  ])('is ignored with %j, and the answer says why', (labels, because) => {
    expect(asked(labels)).toEqual({ kind: 'ignored', because });
  });
});

describe('an alert that is resolved', () => {
  it('takes back its own order, whatever it asked for', () => {
    const removed = { kind: 'remove', pool: 'large', id: 'c0ffee' };
    expect(asked({ sluice_order: 'floor', sluice_pool: 'large' }, 'resolved')).toEqual(removed);
  });
});
