import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import {
  aConfig,
  aReading,
  configs,
  memories,
  NO_OUTCOMES,
  readings,
  settle,
} from '../../../../test/support/scaling.js';
import { decide } from './decide.policy.js';
import type { PoolReading } from './scaling.js';
import { applied } from './steps.policy.js';
import { counts } from './victims.policy.js';

const scenes = fc.record({ reading: readings, memory: memories, config: configs });
const NO_CEILINGS = { backends: { max_connections: null }, budget_workers: null };

function busierBy(
  { ready, perSecond }: { ready: number; perSecond: number },
  reading: PoolReading,
): PoolReading {
  const { queue, arrivals } = reading;
  if (queue === null || arrivals === null) return reading;
  return {
    ...reading,
    queue: { ...queue, ready: queue.ready + ready },
    arrivals: {
      latest: arrivals.latest + perSecond,
      fast: arrivals.fast + perSecond,
      slow: arrivals.slow + perSecond,
      slower: arrivals.slower + perSecond,
    },
  };
}

describe('decide', () => {
  it('gives the same bytes for the same input, and changes none of it', () => {
    fc.assert(
      fc.property(scenes, ({ reading, memory, config }) => {
        const before = JSON.stringify({ reading, memory, config });
        const first = JSON.stringify(decide(reading, memory, config));
        expect(JSON.stringify(decide(reading, memory, config))).toBe(first);
        expect(JSON.stringify({ reading, memory, config })).toBe(before);
      }),
    );
  });

  it('remembers plain JSON', () => {
    fc.assert(
      fc.property(scenes, ({ reading, memory, config }) => {
        const { memory: after } = decide(reading, memory, config);
        expect(JSON.parse(JSON.stringify(after))).toEqual(after);
      }),
    );
  });

  it('says reasons that recompute the number exactly', () => {
    fc.assert(
      fc.property(scenes, ({ reading, memory, config }) => {
        const { desired, reasons } = decide(reading, memory, config).decision;
        let workers = 0;
        for (const reason of reasons) {
          workers = applied(workers, reason);
          expect(reason.to).toBe(workers);
        }
        expect(workers).toBe(desired);
      }),
    );
  });

  it('keeps between min and max while instances are known and nobody orders otherwise', () => {
    fc.assert(
      fc.property(scenes, ({ reading, memory, config }) => {
        fc.pre(reading.instances !== null);
        const { desired, current } = decide({ ...reading, orders: [] }, memory, config).decision;
        expect(desired).toBeGreaterThanOrEqual(config.min);
        // What is there already may be more than max: a blind one takes nobody away.
        expect(desired).toBeLessThanOrEqual(Math.max(config.max, current));
      }),
    );
  });

  it('wants no fewer workers when more jobs wait or arrive', () => {
    fc.assert(
      fc.property(
        scenes,
        fc.record({ ready: fc.nat(10_000), perSecond: fc.double({ min: 0, max: 200, noNaN: true }) }),
        ({ reading, memory, config }, more) => {
          fc.pre(config.policy === 'slo' && reading.queue !== null && reading.arrivals !== null);
          expect(decide(busierBy(more, reading), memory, config).decision.desired).toBeGreaterThanOrEqual(
            decide(reading, memory, config).decision.desired,
          );
        },
      ),
    );
  });

  it('never steps down on a stale or unknown input', () => {
    const blinding = fc.constantFrom<Partial<PoolReading>>(
      { age_s: 7 },
      { age_s: 21 },
      { age_s: 10_000 },
      { queue: null },
      { arrivals: null },
      { instances: null },
    );
    fc.assert(
      fc.property(scenes, blinding, ({ reading, memory, config }, blind) => {
        // Ceilings lower a fleet that is larger than they allow, whatever can be seen.
        const roomy = { ...reading, ...NO_CEILINGS, orders: [], ...blind };
        const { action } = decide(roomy, memory, { ...config, tick_s: 2, max: 1_000 }).decision;
        expect(action).not.toBe('down');
      }),
    );
  });

  it('lets no busy worker leave while an idle one is there', () => {
    fc.assert(
      fc.property(scenes, ({ reading, memory, config }) => {
        const { victims } = decide(reading, memory, config).decision;
        const left = (reading.instances ?? []).filter((each) => counts(each) && !victims.includes(each.name));
        const leaving = (reading.instances ?? []).filter(({ name }) => victims.includes(name));
        if (leaving.some(({ active }) => active > 0)) {
          expect(left.filter(({ active }) => active === 0)).toEqual([]);
        }
      }),
    );
  });

  it('names as many victims as it wants fewer workers, and never more than are cordoned to take back', () => {
    fc.assert(
      fc.property(scenes, ({ reading, memory, config }) => {
        const { current, desired, victims, undrain } = decide(reading, memory, config).decision;
        expect(victims).toHaveLength(Math.max(0, current - desired));
        expect(undrain.length).toBeLessThanOrEqual(Math.max(0, desired - current));
        const cordoned = (reading.instances ?? []).filter(({ state }) => state === 'cordoned');
        expect(cordoned.map(({ name }) => name)).toEqual(expect.arrayContaining([...undrain]));
      }),
    );
  });

  it('adds nobody while the guard is latched', () => {
    fc.assert(
      fc.property(scenes, ({ reading, memory, config }) => {
        fc.pre(reading.instances !== null);
        const outcomes = { ...NO_OUTCOMES, backend_5xx: 9, succeeded: 1 };
        const failing = { ...reading, ...NO_CEILINGS, age_s: 0, orders: [], outcomes };
        fc.pre(reading.queue !== null);
        const { decision } = decide(failing, memory, { ...config, policy: 'slo' });
        expect(decision.desired).toBeLessThanOrEqual(Math.max(decision.current, config.min));
      }),
    );
  });

  it('holds at its fixpoint: an unchanging world ends in an unchanging number', () => {
    fc.assert(
      fc.property(readings, configs, (reading, config) => {
        fc.pre(reading.instances !== null && reading.queue !== null && reading.arrivals !== null);
        const still = { ...reading, age_s: 0, orders: [], outcomes: null };
        const few = { ...config, max: Math.max(config.min, Math.min(config.max, 8)) };
        const wanted = settle(still, { ...few, policy: 'slo', mode: 'full' }, { ticks: 700 });
        expect(new Set(wanted.slice(-100)).size).toBe(1);
      }),
      { numRuns: 6 },
    );
  });

  it('takes nobody away in the mode up-only', () => {
    fc.assert(
      fc.property(scenes, ({ reading, memory, config }) => {
        const { action } = decide(reading, memory, { ...config, mode: 'up-only' }).decision;
        expect(action).not.toBe('down');
      }),
    );
  });

  it('caps a million', () => {
    const flooded = aReading({
      queue: { ready: 100_000_000, active: 16, deferred: 0, due: 0, head_wait_s: 3_600 },
      arrivals: { latest: 1_000_000, fast: 1_000_000, slow: 1_000_000, slower: 1_000_000 },
    });
    const config = aConfig({ max: 50 });
    const decided = decide(flooded, {}, config);
    expect(decided.decision.desired).toBe(18);
    expect(decided.decision.reasons.map(({ code }) => code)).toContain('max');
    expect(settle(flooded, config, { ticks: 60 }).at(-1)).toBe(50);
  });
});
