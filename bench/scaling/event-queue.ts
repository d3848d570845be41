/** What may happen in a simulated pool besides arrivals and ticks. */
export type EventKind = 'ended' | 'born' | 'killed' | 'returned';

const KINDS: readonly EventKind[] = ['ended', 'born', 'killed', 'returned'];

/** Later than anything. */
export const NEVER_S = Number.POSITIVE_INFINITY;

/** What happens next: a binary heap over flat arrays, so that millions of events cost no objects. */
export class EventQueue {
  private size = 0;
  private planned = 0;
  private times = new Float64Array(1_024);
  /** Of things due at the same moment the first planned happens first. */
  private orders = new Float64Array(1_024);
  private kinds = new Uint8Array(1_024);
  private whose = new Int32Array(1_024);

  /** When the next thing happens, in seconds. */
  get nextS(): number {
    return this.size === 0 ? NEVER_S : (this.times[0] ?? NEVER_S);
  }

  /** `who` is a job or a worker, as the kind has it. */
  plan(atS: number, kind: EventKind, who: number): void {
    if (this.size === this.times.length) this.grow();
    this.put(this.size, { atS, order: this.planned, kind: KINDS.indexOf(kind), who });
    this.planned += 1;
    this.size += 1;
    this.rise(this.size - 1);
  }

  /** Takes the next thing away and says what it is. */
  take(): { readonly kind: EventKind; readonly who: number } {
    const kind = KINDS[this.kinds[0] ?? 0] ?? 'ended';
    const who = this.whose[0] ?? 0;
    this.size -= 1;
    this.move(this.size, 0);
    this.sink();
    return { kind, who };
  }

  private put(
    at: number,
    it: { readonly atS: number; readonly order: number; readonly kind: number; readonly who: number },
  ): void {
    this.times[at] = it.atS;
    this.orders[at] = it.order;
    this.kinds[at] = it.kind;
    this.whose[at] = it.who;
  }

  private grow(): void {
    const { times, orders, kinds, whose, size } = this;
    this.times = new Float64Array(2 * size);
    this.orders = new Float64Array(2 * size);
    this.kinds = new Uint8Array(2 * size);
    this.whose = new Int32Array(2 * size);
    this.times.set(times);
    this.orders.set(orders);
    this.kinds.set(kinds);
    this.whose.set(whose);
  }

  private rise(from: number): void {
    for (let at = from; at > 0;) {
      const parent = (at - 1) >> 1;
      if (!this.isBefore(at, parent)) return;
      this.swap(at, parent);
      at = parent;
    }
  }

  private sink(): void {
    for (let at = 0; ;) {
      const left = 2 * at + 1;
      if (left >= this.size) return;
      const child = left + 1 < this.size && this.isBefore(left + 1, left) ? left + 1 : left;
      if (!this.isBefore(child, at)) return;
      this.swap(at, child);
      at = child;
    }
  }

  private isBefore(one: number, other: number): boolean {
    const [a, b] = [this.times[one] ?? 0, this.times[other] ?? 0];
    return a < b || (a === b && (this.orders[one] ?? 0) < (this.orders[other] ?? 0));
  }

  private move(from: number, to: number): void {
    this.times[to] = this.times[from] ?? 0;
    this.orders[to] = this.orders[from] ?? 0;
    this.kinds[to] = this.kinds[from] ?? 0;
    this.whose[to] = this.whose[from] ?? 0;
  }

  private swap(one: number, other: number): void {
    const was = {
      atS: this.times[one] ?? 0,
      order: this.orders[one] ?? 0,
      kind: this.kinds[one] ?? 0,
      who: this.whose[one] ?? 0,
    };
    this.move(other, one);
    this.put(other, was);
  }
}
