import { describe, expect, it } from '@jest/globals';
import { routed, type World } from '../../../../test/support/routed.js';
import { taskOf } from '../../../../test/support/task.js';
import type { Asking } from './router.js';

const nobody: ReadonlySet<string> = new Set();
const asking = (changes: Partial<Asking> = {}): Asking => ({
  pool: 'default',
  task: taskOf(),
  tried: nobody,
  ...changes,
});
const { signal } = new AbortController();

async function found(world: Partial<World>, changes: Partial<Asking> = {}): Promise<unknown> {
  const route = await routed(world).router.find(asking(changes), signal);
  return route.kind === 'chosen' ? [route.backend.config.id, route.model, route.isProbe] : route;
}

describe('Router', () => {
  it('follows the strategy of the model’s route', async () => {
    expect(await found({})).toEqual(['a', 'sim-fast', false]);
    const backends = [
      { id: 'a', priority: 2 },
      { id: 'b', priority: 1 },
    ];
    expect(await found({ backends })).toEqual(['b', 'sim-fast', false]);
  });

  it('goes to another backend than those that have failed the job', async () => {
    expect(await found({}, { tried: new Set(['a']) })).toEqual(['b', 'sim-fast', false]);
  });

  it('leaves out backends with an open circuit and ill ones', async () => {
    expect(await found({ circuits: { a: { openMs: 9_000 } }, ill: new Set(['b']) })).toEqual([
      'c',
      'sim-fast',
      false,
    ]);
  });

  it('asks only backends that have the route', async () => {
    expect(await found({}, { task: taskOf({ endpoint: 'embeddings' }) })).toEqual({ kind: 'nobody' });
  });

  it('goes to the fallback model when no backend of the model may be called', async () => {
    const backends = [
      { id: 'a', models: ['large'] },
      { id: 'b', models: ['small'] },
    ];
    const world = { backends, routes: { large: { fallbacks: ['small'] } }, ill: new Set(['a']) };
    expect(await found(world, { task: taskOf({ model: 'large' }) })).toEqual(['b', 'small', false]);
  });

  it('probes a circuit that is due with one call, and sends the others elsewhere', async () => {
    const { router } = routed({ circuits: { b: 'due' } });
    const ids = [];
    for (let call = 0; call < 3; call++) {
      const route = await router.find(asking(), signal);
      if (route.kind === 'chosen') ids.push([route.backend.config.id, route.isProbe]);
    }
    expect(ids).toEqual([
      ['b', true],
      ['a', false],
      ['a', false],
    ]);
  });

  it('gives a probe back that it has no permit for, or no use', async () => {
    const full = routed({ circuits: { b: 'due' }, permits: { b: 0 } });
    expect(await full.router.find(asking(), signal)).toMatchObject({ kind: 'chosen', isProbe: false });
    expect(full.reports).toEqual([['b', 'aborted', true]]);

    const unused = routed({ circuits: { b: 'due' } });
    const route = await unused.router.find(asking(), signal);
    if (route.kind !== 'chosen') throw new Error(route.kind);
    unused.router.decline(route);
    expect(unused.reports).toEqual([['b', 'aborted', true]]);
  });

  it('goes to the next one when a backend is full, and waits when all are', async () => {
    const { router, world, metrics } = routed({ permits: { a: 0, b: 1, c: 0 } });
    expect(await router.find(asking(), signal)).toMatchObject({ backend: { config: { id: 'b' } } });
    const waiting = router.find(asking(), signal);
    await new Promise((resolve) => setImmediate(resolve));
    world.permits['c'] = 1;
    expect(await waiting).toMatchObject({ backend: { config: { id: 'c' } } });
    const waits = await metrics.registry.getSingleMetric('sluice_permit_waits_total')?.get();
    expect(waits?.values).toMatchObject([{ value: 1, labels: { pool: 'default' } }]);
  });

  it('stops waiting when its signal fires', async () => {
    const stop = new AbortController();
    const waiting = routed({ permits: { a: 0, b: 0, c: 0 } }).router.find(asking(), stop.signal);
    stop.abort();
    expect(await waiting).toEqual({ kind: 'stopped' });
  });

  it('leaves a backend alone for as long as it asked', async () => {
    const { router } = routed({ backends: [{ id: 'a' }] });
    router.rest('a', 'sim-fast', 5_000);
    expect(await router.find(asking(), signal)).toMatchObject({ kind: 'later', because: 'rest' });
    expect(router.postponed(asking())?.inMs).toBeGreaterThan(4_000);
    expect(router.postponed(asking({ task: taskOf({ model: 'other' }) }))).toBeNull();
  });

  it('knows when only those are left that have failed the job', () => {
    const { router } = routed({ ill: new Set(['c']) });
    expect(router.isRepetition(asking({ tried: new Set(['a']) }))).toBe(false);
    expect(router.isRepetition(asking({ tried: new Set(['a', 'b']) }))).toBe(true);
  });
});
