export type Heard = 'success' | 'failure' | 'connection';

/** A circuit as reliability.md words it, with every call remembered and every rule spelt out. Times in ms. */
export class NaiveCircuit {
  private calls: { heard: Heard; atMs: number }[] = [];
  private openUntil: number | null = null;
  private openedAt = 0;
  private openings = 0;
  private prober: { by: string; until: number } | null = null;
  private late: string | null = null;

  /** What callers are told at a time. */
  answer(now: number): 'closed' | 'due' | 'open' {
    this.letTimePass(now);
    if (this.prober !== null) return 'open';
    if (this.openUntil === null) return 'closed';
    return now >= this.openUntil ? 'due' : 'open';
  }

  call(heard: Heard, now: number): void {
    if (this.answer(now) !== 'closed') return;
    this.calls.push({ heard, atMs: now });
    const lastFive = this.calls.slice(-5);
    const isCutOff = lastFive.length === 5 && lastFive.every((call) => call.heard === 'connection');
    const recent = this.calls.filter(({ atMs }) => this.counts(atMs, now));
    const bad = recent.filter((call) => call.heard !== 'success');
    if (isCutOff || (recent.length >= 20 && 2 * bad.length >= recent.length)) this.open(now);
  }

  claim(by: string, now: number): boolean {
    if (this.answer(now) !== 'due') return false;
    this.prober = { by, until: now + 30_000 };
    this.late = null;
    return true;
  }

  probed(by: string, result: 'alive' | 'failed' | 'given-back', now: number): void {
    this.letTimePass(now);
    const isLate = this.prober === null && this.openUntil !== null && this.late === by;
    if (isLate && result === 'alive') this.close();
    if (this.prober?.by !== by) return;
    this.prober = null;
    if (result === 'alive') this.close();
    else if (result === 'failed') this.open(now);
    else [this.openUntil, this.openedAt] = [now, now];
  }

  foundAlive(now: number): void {
    this.letTimePass(now);
    if (this.prober !== null || this.openUntil === null) return;
    this.openUntil = Math.min(this.openUntil, Math.max(now, this.openedAt + 10_000));
  }

  private letTimePass(now: number): void {
    if (this.prober !== null && now >= this.prober.until) {
      const { by, until } = this.prober;
      this.prober = null;
      this.open(until);
      this.late = by;
    }
    if (this.prober === null && this.openUntil !== null && now >= this.openUntil + 600_000) this.close();
    const recent = this.calls.filter(({ atMs }) => this.counts(atMs, now));
    if (recent.every(({ heard }) => heard === 'success')) this.calls = recent;
  }

  /** Six slices of five seconds, the running one among them. */
  private counts(atMs: number, now: number): boolean {
    const firstSlice = Math.floor(now / 5_000) - 5;
    return Math.floor(atMs / 5_000) >= firstSlice;
  }

  /** Without jitter. */
  private open(now: number): void {
    const seconds = [10, 20, 40, 80][this.openings] ?? 120;
    this.openings += 1;
    this.openedAt = now;
    this.openUntil = now + seconds * 1_000;
    this.late = null;
    this.calls = [];
  }

  private close(): void {
    this.openUntil = null;
    this.openings = 0;
    this.late = null;
    this.calls = [];
  }
}
