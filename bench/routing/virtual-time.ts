interface Due {
  readonly atMs: number;
  /** Of things due at the same moment the first planned happens first. */
  readonly order: number;
  readonly happen: () => void;
}

/** A clock that jumps from one thing that happens to the next. */
export class VirtualTime {
  private now = 0;
  private planned = 0;
  /** A binary heap: nobody is due before their parent, who stands at half their place. */
  private readonly heap: Due[] = [];

  get nowMs(): number {
    return this.now;
  }

  in(delayMs: number, happen: () => void): void {
    this.heap.push({ atMs: this.now + delayMs, order: this.planned, happen });
    this.planned += 1;
    this.rise(this.heap.length - 1);
  }

  /** Lets happen what is due until then, and what comes of it. */
  runUntil(endMs: number): void {
    for (let next = this.heap[0]; next !== undefined && next.atMs <= endMs; next = this.heap[0]) {
      this.removeFirst();
      this.now = next.atMs;
      next.happen();
    }
    this.now = Math.max(this.now, endMs);
  }

  private removeFirst(): void {
    const last = this.heap.pop();
    if (last === undefined || this.heap.length === 0) return;
    this.heap[0] = last;
    this.sink(0);
  }

  private rise(from: number): void {
    let at = from;
    while (at > 0) {
      const parent = (at - 1) >> 1;
      if (!this.isBefore(at, parent)) return;
      this.swap(at, parent);
      at = parent;
    }
  }

  private sink(from: number): void {
    for (let at = from; ;) {
      const left = 2 * at + 1;
      const child = this.isBefore(left + 1, left) ? left + 1 : left;
      if (!this.isBefore(child, at)) return;
      this.swap(at, child);
      at = child;
    }
  }

  private isBefore(one: number, other: number): boolean {
    const [a, b] = [this.heap[one], this.heap[other]];
    if (a === undefined || b === undefined) return false;
    return a.atMs < b.atMs || (a.atMs === b.atMs && a.order < b.order);
  }

  private swap(one: number, other: number): void {
    const [a, b] = [this.heap[one], this.heap[other]];
    if (a === undefined || b === undefined) return;
    this.heap[one] = b;
    this.heap[other] = a;
  }
}
