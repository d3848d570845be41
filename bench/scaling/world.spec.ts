import { describe, expect, it } from '@jest/globals';
import { shareOverWait } from '../../apps/scaler/src/policy/erlang.policy.js';
import { findingsOf } from './findings.js';
import { policyNamed } from './policies.js';
import type { Scaler } from './scalers/scaler.js';
import { fixed } from './scalers/simple-scalers.js';
import type { Disturbance, Workload } from './workload.js';
import { World, type WorldTerms } from './world.js';

const TERMS: WorldTerms = {
  slots: 4,
  min: 1,
  max: 40,
  tickS: 2,
  coldStartS: 20,
  objectiveS: 15,
  lagS: 0,
  dropout: 0,
  killsPerHour: 0,
};

interface Load {
  readonly offered: number;
  readonly service_s: number;
  readonly horizonS: number;
  readonly disturbances?: readonly Disturbance[];
}

const { imul, log } = Math;

/** By mulberry32, as the simulator's dice; in Jest every look at a global costs a hundred times as much. */
function quickDice(seed: number): () => number {
  let state = imul(seed, 0x9e3779b1);
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let bits = imul(state ^ (state >>> 15), state | 1);
    bits ^= bits + imul(bits ^ (bits >>> 7), bits | 61);
    return ((bits ^ (bits >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** Poisson arrivals, exponential service times. */
function markovian({ offered, service_s, horizonS, disturbances = [] }: Load, seed: number): Workload {
  const dice = quickDice(seed);
  const exponential = (mean: number): number => -mean * log(1 - dice());
  const [arrivals, services]: [number[], number[]] = [[], []];
  for (let atS = exponential(service_s / offered); atS < horizonS; atS += exponential(service_s / offered)) {
    arrivals.push(atS);
    services.push(exponential(service_s));
  }
  return {
    name: 'markovian',
    about: '',
    horizonS,
    startOfDayS: 0,
    min: 1,
    arrivals: Float64Array.from(arrivals),
    services: Float64Array.from(services),
    disturbances,
  };
}

function ran(workload: Workload, scaler: Scaler, terms: Partial<WorldTerms> = {}, seed = 1) {
  return new World(workload, scaler, { ...TERMS, ...terms }, seed).run();
}

/** Every job is done, given up, or somewhere. */
function accountedFor({ succeeded, failed, left }: ReturnType<typeof ran>): number {
  return succeeded + failed + left.waiting + left.running + left.deferred;
}

describe('World', () => {
  it('reproduces Erlang’s formula with a fixed fleet', () => {
    const [offered, service_s] = [24, 18];
    const expected = shareOverWait(28, { offered, service_s, scv: 1 }, 15);
    expect(expected).toBeCloseTo(0.0119, 4);
    const over = [1, 2, 3, 4, 5].map((seed) => {
      const workload = markovian({ offered, service_s, horizonS: 75_000 }, seed);
      const tally = ran(workload, fixed(7), { min: 7, tickS: 60 });
      return findingsOf(tally, TERMS.slots, 15).over;
    });
    const mean = over.reduce((sum, share) => sum + share, 0) / over.length;
    expect(Math.abs(mean - expected)).toBeLessThan(0.15 * expected);
  });

  it('gives the same for the same seed, and something else for another', () => {
    const story = (seed: number): string => {
      const workload = markovian({ offered: 10, service_s: 5, horizonS: 1_800 }, seed);
      const scaler = policyNamed('slo')?.scaler(workload, { ...TERMS, min: 0 });
      const { actions, waits, workerS } = ran(workload, scaler ?? fixed(1), { min: 0 }, seed);
      return JSON.stringify({ actions, workerS, waits: Array.from(waits) });
    };
    const first = story(1);
    expect(story(1)).toBe(first);
    expect(story(2)).not.toBe(first);
  });

  it.each(['slo', 'threshold', 'queue', 'kpa', 'keda', 'keda-list', 'ray', 'plus-minus-one', 'oracle'])(
    'loses no job under %s, whatever is killed and fails',
    (name) => {
      const disturbances: Disturbance[] = [
        { kind: 'hanging', fromS: 300, untilS: 420 },
        { kind: 'refusing', fromS: 700, untilS: 760 },
        { kind: 'bad-image', fromS: 900, untilS: 960 },
        { kind: 'blind', fromS: 1_000, untilS: 1_060 },
      ];
      const workload = markovian({ offered: 10, service_s: 5, horizonS: 1_500, disturbances }, 3);
      const scaler = policyNamed(name)?.scaler(workload, TERMS);
      const tally = ran(workload, scaler ?? fixed(1), { killsPerHour: 60, lagS: 4, dropout: 0.1 });
      expect(scaler).toBeDefined();
      expect(accountedFor(tally)).toBe(workload.arrivals.length);
      expect(tally.killedJobs).toBeGreaterThan(0);
      expect(tally.callsWhileFailing).toBeGreaterThan(0);
    },
  );

  it('gives the jobs of a killed worker to another when its lock has expired', () => {
    const workload = markovian({ offered: 20, service_s: 10, horizonS: 3_600 }, 5);
    const tally = ran(workload, fixed(8), { killsPerHour: 20 });
    expect(tally.killedJobs).toBeGreaterThan(10);
    expect(tally.failed).toBe(0);
    expect(tally.succeeded).toBeGreaterThan(workload.arrivals.length - 60);
    expect(accountedFor(tally)).toBe(workload.arrivals.length);
  });

  it('lets a leaving worker finish what it runs', () => {
    const workload: Workload = {
      ...markovian({ offered: 1, service_s: 1, horizonS: 200 }, 1),
      arrivals: Float64Array.of(1),
      services: Float64Array.of(100),
    };
    const tally = ran(workload, fixed(0), { min: 0 });
    expect(tally.succeeded).toBe(1);
    expect(tally.workerS).toBe(102);
  });
});
