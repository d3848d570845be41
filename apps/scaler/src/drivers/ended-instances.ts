import type { DrivenInstance } from './driver.js';

/** An end longer ago than this is no news. */
const LATELY_MS = 120_000;

/** Instances that ended lately. A platform may forget one before anybody has heard of its end. */
export class EndedInstances {
  private readonly seen = new Map<string, DrivenInstance>();
  private alive: readonly DrivenInstance[] = [];
  private readonly forgotten = new Map<string, number>();

  /** All that the platform knows of now. Who lived before and is not among them has ended, nobody knows how. */
  see(
    {
      alive,
      ended,
    }: { readonly alive: readonly DrivenInstance[]; readonly ended: readonly DrivenInstance[] },
    now = Date.now(),
  ): void {
    for (const instance of ended) this.seen.set(instance.name, instance);
    const present = new Set([...alive, ...ended].map(({ name }) => name));
    for (const instance of this.alive) {
      if (present.has(instance.name)) continue;
      this.seen.set(instance.name, { ...instance, state: 'ended', ended: { code: null, at_ms: now } });
    }
    this.alive = alive;
  }

  /** Is told no more, however long the platform itself remembers it. */
  forget(name: string, now = Date.now()): void {
    this.forgotten.set(name, now);
  }

  isForgotten(name: string): boolean {
    return this.forgotten.has(name);
  }

  news(now = Date.now()): DrivenInstance[] {
    for (const [name, { ended }] of this.seen) {
      if (now - (ended?.at_ms ?? 0) > LATELY_MS) this.seen.delete(name);
    }
    for (const [name, at] of this.forgotten) if (now - at > LATELY_MS) this.forgotten.delete(name);
    return [...this.seen.values()].filter(({ name }) => !this.forgotten.has(name));
  }
}
