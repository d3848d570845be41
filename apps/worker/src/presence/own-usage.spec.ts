import { describe, expect, it } from '@jest/globals';
import { eventually } from '../../../../test/support/eventually.js';
import { OwnUsage } from './own-usage.js';

describe('OwnUsage', () => {
  it('knows no processor time before it has looked twice, and then a share of what there is', async () => {
    const usage = new OwnUsage();
    usage.look();
    expect(usage.cpu).toBeNull();
    const cpu = await eventually('a second look', () => {
      usage.look();
      return usage.cpu;
    });
    expect(cpu).toBeGreaterThanOrEqual(0);
    expect(cpu).toBeLessThan(4);
  });

  it('tells resident memory as a share of what there is', () => {
    const { memory } = new OwnUsage();
    expect(memory).toBeGreaterThan(0);
    expect(memory).toBeLessThan(1);
  });
});
