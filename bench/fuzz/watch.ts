import { setTimeout as pause } from 'node:timers/promises';
import type { LocalProcess } from '#scripts/local/process.js';
import { residentMib, type Sample } from './resident-memory.js';
import type { Tally } from './tally.js';

const EVERY_MS = 1_000;
const HEALTHY_WITHIN_MS = 5_000;

/** Looks every second how much memory each process holds, and whether it is alive and says that it is well. */
export class Watch {
  readonly samples = new Map<string, Sample[]>();
  private readonly ended = new AbortController();
  private readonly under: Promise<void>[];

  constructor(
    processes: readonly LocalProcess[],
    private readonly tally: Tally,
  ) {
    const began = performance.now();
    this.under = processes.map((process) => this.follow(process, began));
  }

  async stop(): Promise<void> {
    this.ended.abort();
    await Promise.all(this.under);
  }

  private async follow(process: LocalProcess, began: number): Promise<void> {
    const samples: Sample[] = [];
    this.samples.set(process.name, samples);
    void process.exited.then((exit) => {
      if (!this.ended.signal.aborted) this.complain(process, 'ended', JSON.stringify(exit));
    });
    for (;;) {
      const mib = residentMib(process.pid);
      if (mib !== null) samples.push({ atS: (performance.now() - began) / 1_000, mib });
      await this.ask(process);
      if (this.ended.signal.aborted) return;
      await pause(EVERY_MS, undefined, { signal: this.ended.signal }).catch(() => undefined);
    }
  }

  private async ask(process: LocalProcess): Promise<void> {
    try {
      const signal = AbortSignal.timeout(HEALTHY_WITHIN_MS);
      const response = await fetch(`http://127.0.0.1:${process.port}/health/liveness`, { signal });
      const text = await response.text();
      if (response.status !== 200) this.complain(process, `liveness ${response.status}`, text);
    } catch (error) {
      this.complain(process, 'does not answer', error instanceof Error ? error.message : String(error));
    }
  }

  private complain(process: LocalProcess, name: string, seen: string): void {
    this.tally.find(process.name, { name, seen }, null, null);
  }
}
