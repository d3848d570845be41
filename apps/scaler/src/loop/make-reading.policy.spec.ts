import { describe, expect, it } from '@jest/globals';
import { type WorkerPresence, workerPresence } from '#common/contracts/worker-presence.js';
import { makeReading, type ReadingParts } from './make-reading.policy.js';

const beat = (more: Partial<WorkerPresence>): WorkerPresence =>
  workerPresence.parse({
    id: 'worker-1',
    pool: 'default',
    roles: ['generate'],
    state: 'ready',
    slots: 4,
    active: 0,
    host: 'here',
    pid: 1,
    metrics_port: 0,
    born_ms: 0,
    backends: [],
    ...more,
  });

const sights = {
  now_ms: 1_000,
  queue: { ready: 1, active: 2, deferred: 0, due: 0, head_wait_s: 3 },
  arrivals: { latest: 0, fast: 1, slow: 2, slower: 3 },
  service: { mean_s: 4, scv: 1, samples: 10 },
  response_s: 5,
  backends: { max_connections: 6 },
  presences: [],
};

const read = (more: Partial<ReadingParts>) =>
  makeReading({
    now_ms: 1_000,
    age_s: 0,
    sights,
    orders: [],
    seen: { instances: [], foreign: { workers: 1, slots: 8 }, dead: [], known: {} },
    crashes: 0,
    cold_start: { mean_s: 1, p90_s: 2, samples: 3 },
    usage: null,
    forecast: null,
    scheduled_floor: 0,
    ...more,
  });

describe('a reading', () => {
  it('says unknown, never zero, of what was never read', () => {
    expect(read({ sights: null })).toMatchObject({
      queue: null,
      arrivals: null,
      service: null,
      outcomes: null,
      usage: null,
      response_s: null,
      backends: { max_connections: null },
    });
  });

  it('adds up the outcomes of all workers, and the crashes', () => {
    const presences = [
      beat({ outcomes: { succeeded: 3, timeout: 1 } }),
      beat({ outcomes: { succeeded: 2 } }),
    ];
    expect(read({ sights: { ...sights, presences }, crashes: 2 }).outcomes).toEqual({
      succeeded: 5,
      backend_5xx: 0,
      timeout: 1,
      rate_limited: 0,
      no_backend: 0,
      job_bug: 0,
      crash: 2,
    });
  });

  it('has the mean usage that the driver measures, or else that of the workers that say theirs', () => {
    const presences = [beat({ cpu: 0.2, memory: 0.4 }), beat({ cpu: 0.6, memory: 0.8 }), beat({ cpu: 1 })];
    const both = { sights: { ...sights, presences } };
    expect(read(both).usage).toEqual({ cpu: 0.4, memory: expect.closeTo(0.6) });
    expect(read({ ...both, usage: new Map([['a', { cpu: 0.1, memory: 0.2 }]]) }).usage).toEqual({
      cpu: 0.1,
      memory: 0.2,
    });
    expect(read({ ...both, usage: new Map() }).usage).toBeNull();
  });

  it('leaves out orders that have ended since they were read', () => {
    const order = { id: 'x', kind: 'pause', workers: null, source: 'admin', because: '' } as const;
    const orders = [1_000, 1_001].map((until_ms) => ({ ...order, until_ms }));
    expect(read({ orders }).orders).toEqual([orders[1]]);
  });
});
