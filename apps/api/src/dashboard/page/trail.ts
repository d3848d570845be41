/** Numbers over time, by name: what the server does not remember. As charts want them: one list of times, one for each name. */
export class Trail {
  private times: number[] = [];
  private readonly values = new Map<string, (number | null)[]>();

  /** `keepMs`: what is older is forgotten. */
  constructor(private readonly keepMs: number) {}

  add(atMs: number, numbers: ReadonlyMap<string, number | null>): void {
    // A clock that was set back: what was seen lies in the future now.
    if (atMs < (this.times.at(-1) ?? 0)) this.clear();
    for (const name of numbers.keys()) {
      if (!this.values.has(name))
        this.values.set(
          name,
          this.times.map(() => null),
        );
    }
    this.times.push(atMs);
    for (const [name, values] of this.values) values.push(numbers.get(name) ?? null);
    const old = this.times.findIndex((time) => atMs - time <= this.keepMs);
    if (old <= 0) return;
    this.times = this.times.slice(old);
    for (const [name, values] of this.values) this.values.set(name, values.slice(old));
  }

  get names(): string[] {
    return [...this.values.keys()];
  }

  /** Times in Unix seconds, then the values of each name. */
  table(): [number[], ...(number | null)[][]] {
    return [this.times.map((time) => time / 1_000), ...this.values.values()];
  }

  private clear(): void {
    this.times = [];
    for (const name of this.values.keys()) this.values.set(name, []);
  }
}
