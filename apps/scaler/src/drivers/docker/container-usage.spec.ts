import { describe, expect, it } from '@jest/globals';
import { ContainerUsage } from './container-usage.js';
import type { ContainerStats } from './engine-answers.js';

const MIB = 1_024 * 1_024;

/** A sample `atS` seconds after the first, when the container had used so many seconds of a processor. */
const sample = (atS: number, cpuS: number): ContainerStats => ({
  read: new Date(1_000_000 + atS * 1_000).toISOString(),
  cpu_stats: { cpu_usage: { total_usage: cpuS * 1e9 }, online_cpus: 4 },
  memory_stats: { usage: 60 * MIB, limit: 100 * MIB, stats: { inactive_file: 20 * MIB } },
});

const read = (usage: ContainerUsage, atS: number, cpuS: number) =>
  usage.read(new Map([['w', sample(atS, cpuS)]])).get('w');

describe('what a container uses', () => {
  it('is not known from one sample', () => {
    expect(read(new ContainerUsage(null), 0, 7)).toBeUndefined();
  });

  it('is a share of its limit in processors, and of its memory without what can be given back', () => {
    const usage = new ContainerUsage(0.5);
    read(usage, 0, 7);
    expect(read(usage, 2, 7.5)).toEqual({ cpu: 0.5, memory: 0.4 });
  });

  it('is a share of all processors when it has no limit', () => {
    const usage = new ContainerUsage(null);
    read(usage, 0, 7);
    expect(read(usage, 2, 9)?.cpu).toBe(0.25);
  });

  it('is told from samples that lie apart, however often it is asked', () => {
    const usage = new ContainerUsage(1);
    read(usage, 0, 7);
    expect(read(usage, 0.1, 7.1)).toBeUndefined();
    expect(read(usage, 2, 8)?.cpu).toBe(0.5);
  });
});
