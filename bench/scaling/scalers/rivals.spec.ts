import { describe, expect, it } from '@jest/globals';
import type { PoolReading } from '../../../apps/scaler/src/policy/scaling.js';
import type { SeenInstance } from '#common/contracts/scaling.js';
import { Keda, kedaOnAll } from './keda.js';
import { Kpa } from './kpa.js';
import { RayServe } from './ray-serve.js';
import type { Scaler, Terms } from './scaler.js';

const TERMS: Terms = { slots: 4, min: 1, max: 40, tickS: 2, coldStartS: 20, objectiveS: 15 };

const worker = (number: number): SeenInstance => ({
  name: `w${number}`,
  worker_id: `w${number}`,
  state: 'ready',
  slots: 4,
  active: 0,
  born_ms: 0,
  is_outdated: false,
});

function reading(atS: number, concurrency: number, workers: number): PoolReading {
  return {
    now_ms: atS * 1_000,
    age_s: 0,
    queue: { ready: 0, active: concurrency, deferred: 0, due: 0, head_wait_s: null },
    arrivals: null,
    service: null,
    outcomes: null,
    instances: Array.from({ length: workers }, (_, number) => worker(number)),
    foreign_slots: 0,
    cold_start: { mean_s: 20, p90_s: 24, samples: 0 },
    usage: null,
    response_s: null,
    forecast: null,
    scheduled_floor: 0,
    orders: [],
    backends: { max_connections: null },
    budget_workers: null,
  };
}

/** Every two seconds from then until then; workers are there at once. Answers what was desired last. */
function followed(
  scaler: Scaler,
  [fromS, untilS]: readonly [number, number],
  load: number,
  from: number,
): number {
  let workers = from;
  for (let atS = fromS; atS <= untilS; atS += 2) workers = scaler.desire(reading(atS, load, workers)).desired;
  return workers;
}

describe('Kpa', () => {
  it('wants a pod for each 2.8 of the mean concurrency of a minute', () => {
    expect(followed(new Kpa(TERMS), [0, 60], 28, 10)).toBe(10);
    expect(followed(new Kpa(TERMS), [0, 60], 28.1, 10)).toBe(11);
  });

  it('panics at twice what the pods there are should take, and does not go down for a minute after', () => {
    const kpa = new Kpa(TERMS);
    expect(followed(kpa, [0, 60], 5.6, 2)).toBe(2);
    // 6 s at 28 are 10 pods; the mean of the minute alone would be (54 × 5.6 + 6 × 28) / 60 → 3.
    expect(followed(kpa, [62, 66], 28, 2)).toBe(10);
    expect(followed(kpa, [68, 120], 5.6, 10)).toBe(10);
    expect(followed(kpa, [122, 140], 5.6, 10)).toBeLessThan(10);
  });

  it('goes to zero half a minute after a minute without anything', () => {
    const kpa = new Kpa({ ...TERMS, min: 0 });
    expect(followed(kpa, [0, 10], 1, 1)).toBe(1);
    expect(followed(kpa, [12, 98], 0, 1)).toBe(1);
    expect(followed(kpa, [100, 104], 0, 1)).toBe(0);
  });
});

describe('Keda', () => {
  it('goes up by at most 100 % or four in 15 s, the larger', () => {
    const keda = new Keda(TERMS, kedaOnAll(4));
    expect(followed(keda, [0, 0], 100, 1)).toBe(5);
    expect(followed(keda, [2, 14], 100, 5)).toBe(5);
    expect(followed(keda, [16, 16], 100, 5)).toBe(10);
    expect(followed(keda, [32, 32], 100, 10)).toBe(20);
  });

  it('stays within a tolerance of 10 %, and goes down to the most of five minutes', () => {
    const keda = new Keda(TERMS, kedaOnAll(4));
    expect(followed(keda, [0, 0], 28, 10)).toBe(10);
    expect(followed(keda, [16, 16], 30.7, 10)).toBe(10);
    expect(followed(keda, [32, 310], 14, 10)).toBe(10);
    expect(followed(keda, [312, 340], 14, 10)).toBe(5);
  });
});

describe('RayServe', () => {
  it('goes up after half a minute and down after ten', () => {
    const ray = new RayServe({ ...TERMS, min: 2 });
    expect(followed(ray, [0, 28], 28, 2)).toBe(2);
    expect(followed(ray, [30, 30], 28, 2)).toBe(10);
    expect(followed(ray, [32, 600], 14, 10)).toBe(10);
    expect(followed(ray, [602, 700], 14, 10)).toBe(5);
  });
});
