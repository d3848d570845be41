import type { InstanceUsage } from '../driver.js';
import type { ContainerStats } from './engine-answers.js';

/** Nobody's share of a processor can be told from less. */
const SPAN_MS_MIN = 200;

interface Sample {
  readonly atMs: number;
  readonly cpuNs: number;
}

/**
 * Shares of what containers may use, from samples of the engine's counters: processor time between two samples, and memory
 * without the pages of files that can be given back at once (as `docker stats` shows it).
 */
export class ContainerUsage {
  private samples = new Map<string, Sample>();

  /** `cpus` is the limit in processors; null: all that there are. */
  constructor(private readonly cpus: number | null) {}

  /** Shares since the samples before. Left out is who was not in those, because its processor time is not known yet. */
  read(stats: ReadonlyMap<string, ContainerStats>): Map<string, InstanceUsage> {
    const before = this.samples;
    this.samples = new Map();
    const usage = new Map<string, InstanceUsage>();
    for (const [name, one] of stats) {
      const sample = { atMs: Date.parse(one.read), cpuNs: one.cpu_stats.cpu_usage.total_usage };
      const last = before.get(name);
      const spanMs = last === undefined ? 0 : sample.atMs - last.atMs;
      const isTooShort = last !== undefined && spanMs < SPAN_MS_MIN;
      this.samples.set(name, isTooShort ? last : sample);
      if (last === undefined || isTooShort) continue;
      const cpus = this.cpus ?? one.cpu_stats.online_cpus ?? 1;
      const cpu = (sample.cpuNs - last.cpuNs) / (spanMs * 1e6 * cpus);
      usage.set(name, { cpu: share(cpu), memory: share(memoryOf(one)) });
    }
    return usage;
  }
}

function memoryOf({ memory_stats: { usage, limit, stats } }: ContainerStats): number {
  return (usage - (stats.total_inactive_file ?? stats.inactive_file ?? 0)) / limit;
}

const share = (value: number): number => Math.min(1, Math.max(0, value));
