import { describe, expect, it } from '@jest/globals';
import { chosenFor, isBacktestDue, type Tested, UNTESTED } from './tested.policy.js';

const tested = (moment: string, steps = 1): Tested => ({
  chosen: { model: 'yesterday', is_trusted: true },
  steps,
  tested_ms: Date.parse(moment),
});
const isDueAt = (moment: string, last: Tested | null, steps = 1) =>
  isBacktestDue(last, steps, Date.parse(moment));

describe('a backtest', () => {
  it('is due when there was none, each night at three, and when the lead has become another', () => {
    const last = tested('2026-06-01T03:00:10Z');
    expect(isDueAt('2026-06-01T12:00:00Z', null)).toBe(true);
    expect(isDueAt('2026-06-01T12:00:00Z', last)).toBe(false);
    expect(isDueAt('2026-06-02T02:59:59Z', last)).toBe(false);
    expect(isDueAt('2026-06-02T03:00:00Z', last)).toBe(true);
    expect(isDueAt('2026-06-01T12:00:00Z', last, 2)).toBe(true);
  });

  it('says nothing to trust of another lead', () => {
    const last = tested('2026-06-01T03:00:10Z');
    expect(chosenFor(last, 1)).toEqual(last.chosen);
    expect(chosenFor(last, 2)).toEqual({ model: 'yesterday', is_trusted: false });
    expect(chosenFor(null, 1)).toEqual(UNTESTED);
  });
});
