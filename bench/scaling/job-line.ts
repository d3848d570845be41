/** The jobs that wait for a worker, by number: first come, first served. What comes back to the line stands at its head. */
export class JobLine {
  private readonly returned: number[] = [];
  private readonly fresh: number[] = [];
  private head = 0;

  get length(): number {
    return this.returned.length + this.fresh.length - this.head;
  }

  get first(): number | undefined {
    return this.returned.at(-1) ?? this.fresh[this.head];
  }

  add(job: number): void {
    this.fresh.push(job);
  }

  addFirst(job: number): void {
    this.returned.push(job);
  }

  take(): number | undefined {
    const back = this.returned.pop();
    if (back !== undefined) return back;
    const job = this.fresh[this.head];
    if (job === undefined) return undefined;
    this.head += 1;
    if (this.head > 4_096 && 2 * this.head > this.fresh.length) {
      this.fresh.splice(0, this.head);
      this.head = 0;
    }
    return job;
  }

  *[Symbol.iterator](): Generator<number> {
    yield* this.returned;
    for (let at = this.head; at < this.fresh.length; at += 1) yield this.fresh[at] ?? 0;
  }
}
