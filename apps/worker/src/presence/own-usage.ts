import { readFileSync } from 'node:fs';
import os from 'node:os';
import process from 'node:process';

/** A shorter time says little of how busy a process is. */
const LOOK_MS_MIN = 500;

/** Microseconds of processor time in each period: "<quota|max> <period>" (cgroup v2, cpu.max). */
const QUOTA_V2 = '/sys/fs/cgroup/cpu.max';
const QUOTA_V1 = ['/sys/fs/cgroup/cpu/cpu.cfs_quota_us', '/sys/fs/cgroup/cpu/cpu.cfs_period_us'];

/** What this process uses of what it may use, 0 to 1; more than 1 where a limit is softer than it looks. */
export class OwnUsage {
  private readonly processors = Math.min(os.availableParallelism(), quota() ?? Infinity);
  private readonly memoryMax = memoryMax();
  private looked = { at: performance.now(), cpu: process.cpuUsage() };
  private busy: number | null = null;

  /** Processor time between the last two looks; null before the second. */
  get cpu(): number | null {
    return this.busy;
  }

  /** Resident memory. */
  get memory(): number {
    return rounded(process.memoryUsage.rss() / this.memoryMax);
  }

  /** Called with every heartbeat. */
  look(): void {
    const at = performance.now();
    const elapsedMs = at - this.looked.at;
    if (elapsedMs < LOOK_MS_MIN) return;
    const used = process.cpuUsage(this.looked.cpu);
    this.busy = rounded((used.user + used.system) / 1_000 / elapsedMs / this.processors);
    this.looked = { at, cpu: process.cpuUsage() };
  }
}

/** Processors that the container may use, or null without a limit that can be read. */
function quota(): number | null {
  const [limit, period] = (read(QUOTA_V2)?.split(' ') ?? QUOTA_V1.map(read)).map(Number);
  if (limit === undefined || period === undefined) return null;
  return limit > 0 && period > 0 ? limit / period : null;
}

function read(file: string): string | null {
  try {
    return readFileSync(file, 'utf8').trim();
  } catch {
    return null;
  }
}

/** The container's limit, where there is one; Node answers 0 or more than the machine has where there is none. */
function memoryMax(): number {
  const constrained = process.constrainedMemory();
  return constrained > 0 && constrained < os.totalmem() ? constrained : os.totalmem();
}

const rounded = (share: number): number => Math.round(share * 1_000) / 1_000;
