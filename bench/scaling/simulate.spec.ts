import { describe, expect, it } from '@jest/globals';
import { chartOf } from './chart.js';
import { generated, GENERATORS } from './generators.js';
import { readScalingOptions } from './scaling-options.js';
import { fixed } from './scalers/simple-scalers.js';
import { World } from './world.js';

describe('readScalingOptions', () => {
  it.each([
    [['--generator', 'tide'], 'tide'],
    [['--generator', 'burst', '--policy', 'slo,best'], 'best'],
    [['--generator', 'burst', '--seeds', '1.5'], '--seeds'],
    [['--generator', 'burst', '--min', '9', '--max', '8'], '--min'],
    [[], '--trace or --generator'],
  ])('refuses %j and says what it does not know', (args, words) => {
    expect(() => readScalingOptions(args)).toThrow(words);
  });
});

describe('generated', () => {
  it.each(GENERATORS.filter((name) => name !== 'diurnal'))('gives %s in order, within its time', (name) => {
    const { arrivals, services, horizonS } = generated(name, 1);
    expect(arrivals.length).toBeGreaterThan(100);
    expect(services.length).toBe(arrivals.length);
    expect(arrivals.every((atS, job) => job === 0 || atS >= (arrivals[job - 1] ?? atS))).toBe(true);
    expect(arrivals.at(-1)).toBeLessThan(horizonS);
  });
});

describe('chartOf', () => {
  it('draws the same for the same run, small enough for a page', () => {
    const chart = (): string => {
      const terms = { slots: 4, min: 1, max: 40, tickS: 2, coldStartS: 20, objectiveS: 15 };
      const world = { ...terms, lagS: 0, dropout: 0, killsPerHour: 0 };
      const tally = new World(generated('outage', 1), fixed(6), world, 1).run();
      return chartOf('outage <1>', [{ policy: 'fixed:6', tally, slots: 4, objectiveS: 15 }]);
    };
    const first = chart();
    expect(chart()).toBe(first);
    expect(first).toContain('<title>outage &lt;1&gt;</title>');
    expect(first.length).toBeLessThan(20_000);
  });
});
