import { setMaxListeners } from 'node:events';
import { setTimeout as pause } from 'node:timers/promises';
import type { Fault } from '../weather/schedule.js';
import type { Target } from './target.js';

/** A fault that happened. Times are of this process (`performance.now`). */
export interface Happened {
  readonly fault: Fault;
  readonly fromMs: number;
  /** When all was as before: for a process, when it listened again. */
  readonly untilMs: number;
}

/** Carries out a schedule. */
export class Storm {
  readonly happened: Happened[] = [];

  constructor(
    private readonly targets: ReadonlyMap<string, Target>,
    private readonly say: (fault: Fault) => void,
  ) {}

  /**
   * Settles when every fault that began is healed; after `enough` none begins, and all are healed at once. After `dropped`
   * nothing is healed any more.
   */
  async run(faults: readonly Fault[], enough: AbortSignal, dropped: AbortSignal): Promise<void> {
    const over = AbortSignal.any([enough, dropped]);
    // Every fault listens for the end.
    setMaxListeners(0, over);
    await Promise.all(faults.map((fault) => this.carryOut(fault, over, dropped)));
  }

  private async carryOut(fault: Fault, over: AbortSignal, dropped: AbortSignal): Promise<void> {
    await rest(fault.atMs, over);
    if (over.aborted) return;
    const target = this.targets.get(fault.target);
    if (target === undefined) throw new Error(`there is no ${fault.target} to strike`);
    this.say(fault);
    const fromMs = performance.now();
    await target.strike(fault);
    await rest(fault.lastsMs, over);
    if (dropped.aborted) return;
    await target.heal(fault);
    this.happened.push({ fault, fromMs, untilMs: performance.now() });
  }
}

const rest = (ms: number, over: AbortSignal): Promise<unknown> =>
  pause(ms, undefined, { signal: over }).catch(() => undefined);
