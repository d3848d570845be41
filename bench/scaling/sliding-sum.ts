/** Count, sum and sum of squares of what was noted in the last `windowS` seconds. */
export class SlidingSum {
  private readonly times: number[] = [];
  private readonly values: number[] = [];
  private head = 0;
  private total = 0;
  private squares = 0;

  constructor(private readonly windowS: number) {}

  note(nowS: number, value: number): void {
    this.times.push(nowS);
    this.values.push(value);
    this.total += value;
    this.squares += value * value;
  }

  at(nowS: number): {
    readonly count: number;
    readonly sum: number;
    readonly mean: number;
    readonly scv: number;
  } {
    this.forget(nowS - this.windowS);
    const count = this.times.length - this.head;
    if (count === 0) return { count: 0, sum: 0, mean: 0, scv: 0 };
    const mean = this.total / count;
    const variance = Math.max(0, this.squares / count - mean * mean);
    return { count, sum: this.total, mean, scv: mean === 0 ? 0 : variance / (mean * mean) };
  }

  private forget(untilS: number): void {
    for (; this.head < this.times.length; this.head += 1) {
      if ((this.times[this.head] ?? 0) > untilS) break;
      const value = this.values[this.head] ?? 0;
      this.total -= value;
      this.squares -= value * value;
    }
    if (this.head === this.times.length) [this.total, this.squares] = [0, 0];
    if (this.head < 4_096 || 2 * this.head < this.times.length) return;
    this.times.splice(0, this.head);
    this.values.splice(0, this.head);
    this.head = 0;
  }
}
