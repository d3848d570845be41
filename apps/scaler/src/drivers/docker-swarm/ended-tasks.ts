import type { DrivenInstance } from '../driver.js';

/** An end longer ago than this is no news. */
const LATELY_MS = 120_000;

/** Tasks that ended lately. Swarm forgets a task together with its slot, maybe before anybody has heard of its end. */
export class EndedTasks {
  private readonly seen = new Map<string, DrivenInstance>();
  private readonly forgotten = new Map<string, number>();

  see(ended: readonly DrivenInstance[]): void {
    for (const instance of ended) this.seen.set(instance.name, instance);
  }

  /** Is told no more, however long Swarm itself remembers it. */
  forget(name: string): void {
    const instance = this.seen.get(name);
    if (instance !== undefined) this.forgotten.set(name, instance.ended?.at_ms ?? instance.born_ms);
  }

  news(now = Date.now()): DrivenInstance[] {
    for (const [name, { ended }] of this.seen) {
      if (now - (ended?.at_ms ?? 0) > LATELY_MS) this.seen.delete(name);
    }
    for (const [name, at] of this.forgotten) if (now - at > LATELY_MS) this.forgotten.delete(name);
    return [...this.seen.values()].filter(({ name }) => !this.forgotten.has(name));
  }
}
