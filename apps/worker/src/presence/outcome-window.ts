import { OUTCOME_CLASSES, type OutcomeClass } from '#common/contracts/worker-presence.js';

const SLICE_MS = 10_000;
const SLICES = 6;

type Counts = Partial<Record<OutcomeClass, number>>;

/** Counts what came of backend calls over the last 60 s, the running slice of 10 s included; older ones go slice by slice. */
export class OutcomeWindow {
  /** By the number of their slice since the process began. */
  private readonly slices = new Map<number, Counts>();

  count(outcome: OutcomeClass): void {
    const now = this.forget();
    const counts = this.slices.get(now) ?? {};
    counts[outcome] = (counts[outcome] ?? 0) + 1;
    this.slices.set(now, counts);
  }

  /** Classes without a call are left out. */
  read(): Counts {
    this.forget();
    const slices = [...this.slices.values()];
    const sums = OUTCOME_CLASSES.map(
      (outcome) => [outcome, slices.reduce((sum, counts) => sum + (counts[outcome] ?? 0), 0)] as const,
    );
    return Object.fromEntries(sums.filter(([, sum]) => sum > 0));
  }

  /** Answers the running slice. */
  private forget(): number {
    const now = Math.floor(performance.now() / SLICE_MS);
    for (const slice of this.slices.keys()) if (slice <= now - SLICES) this.slices.delete(slice);
    return now;
  }
}
