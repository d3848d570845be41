import { describe, expect, it } from '@jest/globals';
import { aConfig, aReading, NO_OUTCOMES, readyInstances, settle } from '../../../../test/support/scaling.js';
import { decide } from './decide.policy.js';
import type { ScalingMemory } from './scaling.js';

describe('the slo policy', () => {
  it('keeps a promise with the workers that Erlang’s formula asks for', () => {
    // 4.8 jobs/s × 5 s = 24 busy slots: 28 slots keep 99 % below 15 s, so seven workers of four slots.
    const reading = aReading({
      arrivals: { latest: 4.8, fast: 4.8, slow: 4.8, slower: 4.8 },
      service: { mean_s: 5, scv: 1, samples: 100 },
      instances: readyInstances(7, 4),
    });
    const { desired, reasons } = decide(reading, {}, aConfig({ max: 20 })).decision;
    expect(reasons[0]).toMatchObject({ code: 'steady', facts: { offered_slots: 24 } });
    expect(desired).toBe(7);
  });

  it('starts from zero as soon as a job waits, and goes there only after the idle time', () => {
    const config = aConfig({ min: 0, idle_seconds: 200 });
    const empty = { ready: 0, active: 0, deferred: 0, due: 0, head_wait_s: null };
    const quiet = aReading({
      queue: empty,
      arrivals: { latest: 0, fast: 0, slow: 0, slower: 0 },
      instances: [],
    });
    expect(decide({ ...quiet, instances: [] }, { idle_since_ms: 0 }, config).decision.desired).toBe(0);
    const job = { ...quiet, queue: { ...empty, ready: 1, head_wait_s: 0 } };
    expect(decide(job, { idle_since_ms: 0 }, config).decision).toMatchObject({ desired: 1, action: 'up' });

    const wanted = settle({ ...quiet, instances: readyInstances(1, 4) }, config, { ticks: 160 });
    const ticksOfIdleTime = Math.max(config.slo.idle_s, config.slo.down_window_s) / config.tick_s;
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

  it('starts no worker for an empty pool, nor for a reading that failed, but one for a job, as every policy does', () => {
    const empty = { ready: 0, active: 0, deferred: 0, due: 0, head_wait_s: null };
    const arrivals = { latest: 0, fast: 0, slow: 0, slower: 0 };
    const quiet = aReading({ queue: empty, arrivals, instances: [] });
    expect(decide(quiet, {}, aConfig({ min: 0 })).decision.desired).toBe(0);
    const waiting = { ...quiet, queue: { ...empty, ready: 1, head_wait_s: 0 } };
    for (const policy of ['slo', 'threshold', 'queue'] as const)
      expect(decide(waiting, {}, aConfig({ policy, min: 0 })).decision.desired).toBe(1);
    const lost = { ...quiet, age_s: 2, queue: null, arrivals: null };
    expect(decide(lost, {}, aConfig({ min: 0 })).decision.desired).toBe(0);
  });

  it('takes a lost reading for no end of the quiet, and an old one for a sight', () => {
    const config = aConfig({ min: 0 });
    const empty = { ready: 0, active: 0, deferred: 0, due: 0, head_wait_s: null };
    const quiet = aReading({ queue: empty, arrivals: { latest: 0, fast: 0, slow: 0, slower: 0 } });
    const known: ScalingMemory = { since_ms: 0, seen_ms: 996_000, idle_since_ms: 905_000 };
    const lost = decide({ ...quiet, now_ms: 998_000, age_s: 2, queue: null, arrivals: null }, known, config);
    expect(lost.decision.action).toBe('hold');
    expect(decide(quiet, lost.memory, config).decision.desired).toBe(0);
    expect(decide(quiet, { ...known, seen_ms: 970_000 }, config).decision.desired).toBeGreaterThan(0);
    expect(decide({ ...quiet, age_s: 2 }, known, config).memory.seen_ms).toBe(998_000);
  });
});
