const OTHERS = 'others';

/** Counts by name. After so many names the rest is one: a server may answer anything. */
export class Tally {
  private readonly counts = new Map<string, number>();

  constructor(private readonly namesMax: number) {}

  add(name: string): void {
    const known = this.counts.has(name) || this.counts.size < this.namesMax ? name : OTHERS;
    this.counts.set(known, (this.counts.get(known) ?? 0) + 1);
  }

  take(other: Tally): void {
    for (const [name, count] of other.counts) this.counts.set(name, (this.counts.get(name) ?? 0) + count);
  }

  /** From the greatest to the least. */
  sorted(): [name: string, count: number][] {
    return [...this.counts].sort(([, left], [, right]) => right - left);
  }
}
