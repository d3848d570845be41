import { describe, expect, it } from '@jest/globals';
import { beatOf, endedAs, knownAs, listedAs, NOW_MS } from '../../../../test/support/seen-instances.js';
import type { KnownInstances } from './pool-state.js';
import { type InstanceSight, seeInstances, unknownInstance } from './see-instances.policy.js';

const drain = { worker_id: 'worker-of-a', since_ms: NOW_MS, deadline_ms: NOW_MS + 60_000, stopped_ms: null };

const see = (sight: Partial<InstanceSight>, known: KnownInstances = {}) =>
  seeInstances(
    {
      now_ms: NOW_MS,
      listed: [listedAs('a')],
      presences: [],
      isFresh: true,
      wasBlind: false,
      drains: {},
      spec: 'spec-1',
      slots: 16,
      ...sight,
    },
    known,
  );

describe('an instance', () => {
  it('is starting, with the slots of a new one, until its first heartbeat', () => {
    const { instances, known } = see({});
    expect(instances).toMatchObject([{ name: 'a', state: 'starting', slots: 16, worker_id: null }]);
    expect(see({ presences: [beatOf('a')] }, known).instances).toMatchObject([
      { name: 'a', state: 'ready', slots: 4, worker_id: 'worker-of-a' },
    ]);
  });

  it('is starting from when it was started, though the driver does not list it yet, for half a minute', () => {
    const started = { b: unknownInstance('spec-1', NOW_MS) };
    expect(see({ listed: [] }, started).instances).toMatchObject([{ name: 'b', state: 'starting' }]);
    expect(see({ listed: [], now_ms: NOW_MS + 30_000 }, started)).toMatchObject({ instances: [], known: {} });
  });

  it('that another leader started and nobody remembers is adopted, and is not dead because it is silent at first', () => {
    const adopted = see({ wasBlind: true });
    expect(adopted.instances).toMatchObject([{ name: 'a', state: 'starting' }]);
    expect(see({ now_ms: NOW_MS + 2_000 }, adopted.known).dead).toEqual([]);
  });

  it('is outdated when a new one would be started from something else', () => {
    expect(see({ spec: 'spec-2' }).instances).toMatchObject([{ is_outdated: true }]);
  });

  it.each([
    ['ready', {}, {}, 'ready'],
    ['cordoned by us', { a: drain }, { state: 'cordoned' }, 'cordoned'],
    ['to be cordoned by us', { a: drain }, { state: 'ready' }, 'cordoned'],
    ['cordoned by somebody else', {}, { state: 'cordoned' }, 'draining'],
    ['stopping by itself', {}, { state: 'draining' }, 'draining'],
    ['asked to end', { a: { ...drain, stopped_ms: NOW_MS } }, { state: 'cordoned' }, 'draining'],
  ] as const)('that is %s is told as that', (_, drains, beat, state) => {
    const seen = see({ drains, presences: [beatOf('a', beat)] }, { a: knownAs() });
    expect(seen.instances).toMatchObject([{ state }]);
  });

  it('whose cordon was just taken back takes jobs, though its last heartbeat is older', () => {
    const presences = [beatOf('a', { state: 'cordoned' })];
    expect(see({ presences }, { a: knownAs({ returned_ms: NOW_MS - 5_000 }) }).instances).toMatchObject([
      { state: 'ready' },
    ]);
    expect(see({ presences }, { a: knownAs({ returned_ms: NOW_MS - 6_000 }) }).instances).toMatchObject([
      { state: 'draining' },
    ]);
  });

  it('that has had no heartbeat for three beats is as it last was; after three more it is dead', () => {
    const silent = see({}, { a: knownAs({ active: 3 }) });
    expect(silent).toMatchObject({ dead: [], instances: [{ state: 'ready', active: 3 }] });
    expect(see({ now_ms: NOW_MS + 5_000 }, silent.known).dead).toEqual([]);
    expect(see({ now_ms: NOW_MS + 6_000 }, silent.known)).toMatchObject({ dead: ['a'], instances: [] });
  });

  it('is not dead because Redis was away: its silence counts from when Redis is back', () => {
    const silent = { a: knownAs({ silent_ms: NOW_MS - 60_000 }) };
    expect(see({ isFresh: false }, silent).dead).toEqual([]);
    const back = see({ wasBlind: true }, silent);
    expect(back).toMatchObject({ dead: [], instances: [{ state: 'ready' }] });
    expect(see({ now_ms: NOW_MS + 2_000, presences: [beatOf('a')] }, back.known).known).toMatchObject({
      a: { silent_ms: null },
    });
  });

  it('that is not up after three minutes is dead', () => {
    const { known } = see({}, {});
    expect(see({ now_ms: NOW_MS + 179_000 }, known).dead).toEqual([]);
    expect(see({ now_ms: NOW_MS + 180_000 }, known).dead).toEqual(['a']);
  });

  it('that was asked to end is not dead: it has a deadline of its own', () => {
    const silent = { a: knownAs({ silent_ms: NOW_MS - 10_000 }) };
    expect(see({ drains: { a: { ...drain, stopped_ms: NOW_MS } } }, silent).dead).toEqual([]);
  });

  it('that ended is remembered while it is listed, and is none of the pool’s', () => {
    expect(see({ listed: [endedAs('a')] }, { a: knownAs() })).toMatchObject({
      instances: [],
      known: { a: { up_ms: NOW_MS - 50_000 } },
    });
    expect(see({ listed: [] }, { a: knownAs() }).known).toEqual({});
  });
});

describe('instances', () => {
  it('are unknown while the driver does not answer, and what is remembered of them stays', () => {
    const known = { a: knownAs() };
    expect(see({ listed: null, presences: [beatOf('a')] }, known)).toMatchObject({
      instances: null,
      foreign: { workers: 0, slots: 0 },
      dead: [],
      known,
    });
  });
});

describe('a foreign worker', () => {
  it('is one that no driver of ours lists and that takes jobs', () => {
    const presences = [
      beatOf('a'),
      beatOf(null, { slots: 8 }),
      beatOf('elsewhere', { slots: 2 }),
      beatOf('leaving', { state: 'draining' }),
    ];
    expect(see({ presences }).foreign).toEqual({ workers: 2, slots: 10 });
  });

  it('is none of ours whose heartbeat outlives it', () => {
    expect(see({ listed: [], presences: [beatOf('a')] }, { a: knownAs({ is_over: true }) })).toMatchObject({
      instances: [],
      foreign: { workers: 0 },
    });
  });
});
