import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { RateProfile } from './rate-profile.js';
import { stagesFrom } from './stages.js';

describe('RateProfile', () => {
  it('goes evenly from stage to stage, and jumps where a stage takes no time', () => {
    const profile = new RateProfile(stagesFrom('10s:20,0s:50,10s:50,20s:0'));
    expect([0, 5, 10, 15, 30, 40].map((seconds) => profile.at(seconds))).toEqual([0, 10, 50, 50, 25, 0]);
    expect([profile.seconds, profile.total, profile.greatest]).toEqual([40, 100 + 500 + 500, 50]);
  });

  it('says when the nth arrival is due: the area below the rate until then is n', () => {
    const stage = fc.record({
      seconds: fc.integer({ min: 0, max: 100 }),
      to: fc.integer({ min: 0, max: 500 }),
    });
    fc.assert(
      fc.property(
        fc.array(stage, { minLength: 1, maxLength: 5 }),
        fc.double({ min: 0, max: 0.999, noNaN: true }),
        (stages, part) => {
          const profile = new RateProfile(stages);
          fc.pre(profile.total > 0);
          const count = part * profile.total;
          const seconds = profile.secondsOf(count);
          // The same area, summed up by the middles of small steps.
          const steps = 20_000;
          let area = 0;
          for (let step = 0; step < steps; step += 1)
            area += profile.at(((step + 0.5) / steps) * seconds) * (seconds / steps);
          expect(Math.abs(area - count)).toBeLessThan(0.1 + profile.total * 1e-3);
          expect(seconds).toBeLessThanOrEqual(profile.seconds);
        },
      ),
      { numRuns: 30 },
    );
  });
});

describe('stagesFrom', () => {
  it.each([
    ['30s', 'TIME:LEVEL'],
    ['30s:', 'TIME:LEVEL'],
    ['30s:10:5', 'TIME:LEVEL'],
    ['30s:-1', 'TIME:LEVEL'],
    ['30:10', 'such as 500ms'],
    ['0s:10', 'must take time'],
    ['', 'TIME:LEVEL'],
  ])('refuses %j with a sentence', (text, part) => {
    expect(() => stagesFrom(text)).toThrow(part);
  });
});
