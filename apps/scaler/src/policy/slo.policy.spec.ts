import { describe, expect, it } from '@jest/globals';
import {
  aConfig,
  aReading,
  anInstance,
  NO_OUTCOMES,
  readyInstances,
  settle,
} from '../../../../test/support/scaling.js';
import type { SeenInstance } from '#common/contracts/scaling.js';
import { decide } from './decide.policy.js';
import type { ScalingMemory } from './scaling.js';

describe('the slo policy', () => {
  it('keeps a promise with the workers that Erlang’s formula asks for', () => {
    // 4.8 jobs/s × 5 s = 24 busy slots: 28 slots keep 99 % below 15 s, so seven workers of four slots.
    const reading = aReading({
      arrivals: { fast: 4.8, slow: 4.8, slower: 4.8 },
      service: { mean_s: 5, scv: 1, samples: 100 },
      instances: readyInstances(7, 4),
    });
    const { desired, reasons } = decide(reading, {}, aConfig({ max: 20 })).decision;
    expect(reasons[0]).toMatchObject({ code: 'steady', facts: { offered_slots: 24 } });
    expect(desired).toBe(7);
  });

  it('starts from zero as soon as a job waits, and goes there only after the idle time', () => {
    const config = aConfig({ min: 0 });
    const empty = { ready: 0, active: 0, deferred: 0, due: 0, head_wait_s: null };
    const quiet = aReading({ queue: empty, arrivals: { fast: 0, slow: 0, slower: 0 }, instances: [] });
    expect(decide({ ...quiet, instances: [] }, { idle_since_ms: 0 }, config).decision.desired).toBe(0);
    const job = { ...quiet, queue: { ...empty, ready: 1, head_wait_s: 0 } };
    expect(decide(job, { idle_since_ms: 0 }, config).decision).toMatchObject({ desired: 1, action: 'up' });

    const wanted = settle({ ...quiet, instances: readyInstances(1, 4) }, config, { ticks: 160 });
    const ticksOfIdleTime = config.slo.idle_s / config.tick_s;
    expect(wanted.slice(0, ticksOfIdleTime).every((workers) => workers === 1)).toBe(true);
    expect(wanted[ticksOfIdleTime + 1]).toBe(0);
  });

  it('keeps the size for one down-window when it remembers nothing', () => {
    const config = aConfig();
    const wanted = settle(aReading({ instances: readyInstances(8, 4) }), config, { ticks: 200 });
    const ticksOfWindow = config.slo.down_window_s / config.tick_s;
    expect(wanted.slice(0, ticksOfWindow).every((workers) => workers === 8)).toBe(true);
    expect(wanted.at(-1)).toBeLessThan(8);
  });

  it('keeps the size for one down-window after it was blind', () => {
    const config = aConfig();
    const instances = readyInstances(8, 4);
    const known = { since_ms: 0, seen_ms: 998_000 };
    expect(decide(aReading({ instances }), known, config).decision.action).toBe('down');
    const blind = decide(aReading({ instances, age_s: 30 }), { ...known, seen_ms: 970_000 }, config);
    const again = decide(aReading({ now_ms: 1_002_000, instances }), blind.memory, config);
    expect(again.decision).toMatchObject({ action: 'hold', desired: 8 });
  });

  it('latches while a backend fails, keeps everybody for five minutes, then a quarter, and lets go when it is well', () => {
    const config = aConfig({ max: 20 });
    const instances = readyInstances(8, 4);
    const at = (seconds: number, memory: ScalingMemory, failing: boolean) =>
      decide(
        aReading({
          now_ms: 1_000_000 + seconds * 1_000,
          queue: { ready: 4_000, active: 32, deferred: 0, due: 0, head_wait_s: 60 },
          outcomes: { ...NO_OUTCOMES, backend_5xx: failing ? 20 : 1, succeeded: failing ? 2 : 30 },
          instances,
        }),
        memory,
        config,
      );
    const latched = at(0, {}, true);
    expect(latched.decision).toMatchObject({ action: 'hold', desired: 8 });
    expect(at(299, latched.memory, true).decision).toMatchObject({ action: 'hold', desired: 8 });
    expect(at(300, latched.memory, true).decision).toMatchObject({ action: 'down', desired: 2 });
    expect(at(300, latched.memory, false).decision).toMatchObject({ action: 'up' });
  });

  it('takes a job’s own fault and our own crashes for no failure of a backend', () => {
    const outcomes = { ...NO_OUTCOMES, job_bug: 50, crash: 9 };
    const queue = { ready: 4_000, active: 8, deferred: 0, due: 0, head_wait_s: 60 };
    expect(decide(aReading({ queue, outcomes }), {}, aConfig()).decision.action).toBe('up');
  });

  it('is blind after ten ticks, and then has at least the fallback', () => {
    const config = { ...aConfig(), fallback: 5 };
    expect(decide(aReading({ age_s: 19 }), {}, config).decision).toMatchObject({ desired: 2 });
    expect(decide(aReading({ age_s: 21 }), {}, config).decision).toMatchObject({ desired: 5, action: 'up' });
  });

  it('takes a trusted forecast for a floor, and only shows one that is not trusted', () => {
    const forecast = { offered_slots: 24, is_trusted: true, model: 'yesterday' };
    expect(decide(aReading({ forecast }), {}, aConfig({ max: 20 })).decision.desired).toBe(7);
    const shadow = { ...forecast, is_trusted: false };
    expect(decide(aReading({ forecast: shadow }), {}, aConfig({ max: 20 })).decision.desired).toBe(2);
  });

  describe('in a surge', () => {
    const instances = readyInstances(3, 4);
    const line = (ready: number) => ({ ready, active: 12, deferred: 0, due: 0, head_wait_s: 2 });
    const arrivals = { fast: 2, slow: 1.4, slower: 1.4 };
    const calm: ScalingMemory = { line: [[994_000, 12, 12]] };
    const at = (ready: number, memory: ScalingMemory) =>
      decide(aReading({ queue: line(ready), arrivals, instances }), memory, aConfig({ max: 40 }));

    it('sees by the growth of the line what a count over twenty seconds does not show yet', () => {
      // 36 more in 6 s, while 12 slots served 2.4 a second: about 8.4 a second, which is 42 slots' work.
      const { reasons, desired } = at(36, calm).decision;
      const seen = reasons.find(({ code }) => code === 'surge')?.facts['arrivals_per_second'];
      expect(seen).toBeGreaterThan(7.5);
      expect(seen).toBeLessThan(8.4);
      expect(desired).toBeGreaterThanOrEqual(11);
      expect(desired).toBeLessThanOrEqual(24);
    });

    it('adds nothing to a step up before its workers can be ready, unless twice as many are needed', () => {
      const after = (ready: number, raised_ms: number) =>
        decide(
          aReading({
            queue: { ready, active: 16, deferred: 0, due: 0, head_wait_s: 2 },
            instances: readyInstances(4, 4),
          }),
          { line: [[994_000, 20, 16]], raised_ms },
          aConfig({ max: 40 }),
        ).decision;
      expect(after(9, 970_000)).toMatchObject({ action: 'up', desired: 7 });
      expect(after(9, 990_000)).toMatchObject({ action: 'hold', desired: 4 });
      expect(after(9, 990_000).reasons.map(({ code }) => code)).toContain('awaits_started');
      expect(after(60, 990_000).action).toBe('up');
    });

    it('counts on workers that will be ready before a new one would be', () => {
      const starting = Array.from({ length: 10 }, (_, number) =>
        anInstance(`s${number}`, { state: 'starting', slots: 0, born_ms: 985_000 }),
      );
      const backlog = (more: readonly SeenInstance[]) =>
        decide(
          aReading({ queue: line(36), arrivals, instances: [...instances, ...more] }),
          calm,
          aConfig({ max: 40 }),
        ).decision.reasons.find(({ code }) => code === 'backlog')?.facts['backlog_jobs'];
      expect(backlog([])).toBeGreaterThan(100);
      expect(backlog(starting)).toBe(0);
    });
  });

  describe('going down', () => {
    const instances = readyInstances(8, 4);
    const known: ScalingMemory = { since_ms: 0, seen_ms: 998_000 };
    const after = (memory: ScalingMemory) =>
      decide(aReading({ instances }), { ...known, ...memory }, aConfig()).decision;

    it('goes to what was needed in the down-window, and lately, in one step', () => {
      expect(after({ peaks: [[920_000, 3]] }).desired).toBe(3);
      expect(after({ recent: [[980_000, 6]] }).desired).toBe(6);
      expect(after({ recent: [[940_000, 6]] }).desired).toBe(2);
    });

    it('waits a minute after the step before', () => {
      expect(after({ lowered_ms: 945_000 })).toMatchObject({ desired: 8, action: 'hold' });
      expect(after({ lowered_ms: 935_000 }).action).toBe('down');
    });

    it('waits while more can leave together soon', () => {
      const peaks: ScalingMemory['peaks'] = [
        [920_000, 6],
        [990_000, 2],
      ];
      expect(after({ peaks })).toMatchObject({ desired: 8, action: 'hold' });
      const rest: ScalingMemory['peaks'] = [
        [920_000, 4],
        [990_000, 2],
      ];
      expect(after({ peaks: rest }).desired).toBe(4);
    });

    it('keeps a slot for each job that there is', () => {
      const queue = { ready: 0, active: 22, deferred: 0, due: 0, head_wait_s: null };
      const { desired } = decide(aReading({ instances, queue }), known, aConfig()).decision;
      expect(desired).toBe(6);
    });
  });

  it('starts no worker for an empty pool, nor for a reading that failed, but one for a job, as every policy does', () => {
    const empty = { ready: 0, active: 0, deferred: 0, due: 0, head_wait_s: null };
    const quiet = aReading({ queue: empty, arrivals: { fast: 0, slow: 0, slower: 0 }, instances: [] });
    expect(decide(quiet, {}, aConfig({ min: 0 })).decision.desired).toBe(0);
    const waiting = { ...quiet, queue: { ...empty, ready: 1, head_wait_s: 0 } };
    for (const policy of ['slo', 'threshold', 'queue'] as const)
      expect(decide(waiting, {}, aConfig({ policy, min: 0 })).decision.desired).toBe(1);
    const lost = { ...quiet, age_s: 2, queue: null, arrivals: null };
    expect(decide(lost, {}, aConfig({ min: 0 })).decision.desired).toBe(0);
  });

  it('takes a lost reading for no end of the quiet', () => {
    const config = aConfig({ min: 0 });
    const empty = { ready: 0, active: 0, deferred: 0, due: 0, head_wait_s: null };
    const quiet = aReading({ queue: empty, arrivals: { fast: 0, slow: 0, slower: 0 } });
    const known: ScalingMemory = { since_ms: 0, seen_ms: 996_000, idle_since_ms: 905_000 };
    const lost = decide({ ...quiet, now_ms: 998_000, age_s: 2, queue: null, arrivals: null }, known, config);
    expect(lost.decision.action).toBe('hold');
    expect(decide(quiet, lost.memory, config).decision.desired).toBe(0);
    const gap = decide(quiet, { ...known, seen_ms: 970_000 }, config);
    expect(gap.decision.desired).toBeGreaterThan(0);
  });
});
