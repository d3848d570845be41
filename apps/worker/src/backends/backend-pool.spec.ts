import { describe, expect, it } from '@jest/globals';
import type { GenerationTask } from '#common/contracts/generation.js';
import { Metrics } from '#common/observability/metrics.js';
import type { Backend, CallOutcome } from './backend.js';
import { BackendPool } from './backend-pool.js';

const task: GenerationTask = { model: 'sim-fast', messages: [], max_tokens: 1, temperature: 0 };
const { signal } = new AbortController();
const nobody: ReadonlySet<string> = new Set();
const throttled: CallOutcome = { kind: 'throttled', retryAfterMs: null };

const backend = (id: string, call: Backend['call'], models = ['*']): Backend => ({
  id,
  kind: 'simulator',
  models,
  call,
});
const quick = (id: string, models?: string[]): Backend => backend(id, async () => throttled, models);

function pooled(...backends: Backend[]) {
  const metrics = new Metrics({});
  const counted: [string, string, CallOutcome][] = [];
  const pool = new BackendPool(backends, metrics, { count: (...told) => counted.push(told) });
  const shown = async (name: string) => (await metrics.registry.getSingleMetric(name)?.get())?.values ?? [];
  return { pool, shown, counted, actives: () => pool.views().map(({ active }) => active) };
}

/** A backend that answers when the test says so. */
function slow(id: string): { backend: Backend; answer: () => void } {
  let answer: () => void = () => undefined;
  const said = new Promise<CallOutcome>((resolve) => {
    answer = () => {
      resolve(throttled);
    };
  });
  return { backend: backend(id, async () => said), answer };
}

describe('BackendPool', () => {
  it('gives the task and the signal to the backend, and tells who answered what', async () => {
    const seen: unknown[] = [];
    const { pool } = pooled(backend('a', async (...given) => (seen.push(...given), throttled)));
    const called = await pool.call(task, nobody, signal);
    expect(seen[0]).toBe(task);
    expect(seen[1]).toBe(signal);
    expect(called).toEqual({ backendId: 'a', outcome: throttled, tookMs: expect.any(Number) });
  });

  it('calls nobody when no backend serves the model', async () => {
    const { pool, shown } = pooled(quick('a', ['gpt-*']));
    expect(await pool.call(task, nobody, signal)).toBeNull();
    expect(await pooled().pool.call(task, nobody, signal)).toBeNull();
    expect(await shown('sluice_attempts_total')).toEqual([]);
  });

  it('calls the backend that fits the model best', async () => {
    const { pool } = pooled(quick('any'), quick('begins', ['sim-*']), quick('exact', ['sim-fast']));
    expect((await pool.call(task, nobody, signal))?.backendId).toBe('exact');
  });

  it('avoids whom it shall avoid, unless there is no other', async () => {
    const { pool } = pooled(quick('a'), quick('b'));
    expect((await pool.call(task, new Set(['a']), signal))?.backendId).toBe('b');
    expect((await pool.call(task, new Set(['a', 'b']), signal))?.backendId).toBe('a');
  });

  it('counts a call as open until it is answered, and sends the next to whoever has fewest', async () => {
    const [one, other] = [slow('a'), slow('b')];
    const { pool, actives, shown } = pooled(one.backend, other.backend);
    const calls = [
      pool.call(task, nobody, signal),
      pool.call(task, nobody, signal),
      pool.call(task, nobody, signal),
    ];
    expect(actives()).toEqual([2, 1]);
    expect(await shown('llm_active_connections')).toEqual([
      { value: 2, labels: { backend: 'a' } },
      { value: 1, labels: { backend: 'b' } },
    ]);
    one.answer();
    other.answer();
    expect((await Promise.all(calls)).map((called) => called?.backendId)).toEqual(['a', 'b', 'a']);
    expect(actives()).toEqual([0, 0]);
    expect((await shown('llm_active_connections')).map(({ value }) => value)).toEqual([0, 0]);
  });

  it('counts attempts by what the backend said', async () => {
    const { pool, shown } = pooled(quick('a'));
    await pool.call(task, nobody, signal);
    await pool.call(task, nobody, signal);
    expect(await shown('sluice_attempts_total')).toEqual([
      { value: 2, labels: { backend: 'a', outcome: 'throttled' } },
    ]);
  });

  it('lets every outcome count for its model and backend', async () => {
    const { pool, counted } = pooled(quick('a'));
    await pool.call(task, nobody, signal);
    expect(counted).toEqual([['sim-fast', 'a', throttled]]);
  });

  it('counts no call as open that ended in a defect', async () => {
    const defect = new TypeError('x is not a function');
    const { pool, actives } = pooled(backend('a', async () => Promise.reject(defect)));
    await expect(pool.call(task, nobody, signal)).rejects.toBe(defect);
    expect(actives()).toEqual([0]);
  });

  it('shows its backends in their order', () => {
    const { pool } = pooled(quick('b', ['x']), quick('a', ['y', 'z*']));
    expect(pool.views()).toEqual([
      { id: 'b', kind: 'simulator', models: ['x'], active: 0 },
      { id: 'a', kind: 'simulator', models: ['y', 'z*'], active: 0 },
    ]);
  });
});
