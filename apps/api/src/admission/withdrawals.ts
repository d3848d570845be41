import type { Ending, JobRef, Settlement } from '#common/settlement/settlement.js';

const RETRY_EVERY_MS = 250;
/** Past this many, the sweeper is left to end them: each is an unsettled record that no queue knows. */
const PENDING_MAX = 10_000;

/**
 * Ends jobs that nobody waits for, also when Redis does not answer now: those whose caller was told 503 although Redis
 * may have taken them (a command reported as timed out is still carried out when Redis thaws), and those whose caller
 * hung up meanwhile. Tries until Redis answers.
 */
export class Withdrawals {
  private readonly pending = new Map<string, { readonly job: JobRef; readonly ending: Ending }>();
  private timer: NodeJS.Timeout | undefined;

  constructor(private readonly settlement: Settlement) {}

  get size(): number {
    return this.pending.size;
  }

  withdraw(job: JobRef, ending: Ending): void {
    if (this.pending.size < PENDING_MAX) this.pending.set(job.id, { job, ending });
    this.schedule();
  }

  stop(): void {
    clearTimeout(this.timer);
    this.pending.clear();
  }

  private schedule(): void {
    this.timer ??= setTimeout(() => {
      this.timer = undefined;
      void this.settlePending();
    }, RETRY_EVERY_MS);
  }

  private async settlePending(): Promise<void> {
    for (const { job, ending } of [...this.pending.values()]) {
      try {
        await this.settlement.settle(job, ending);
        this.pending.delete(job.id);
      } catch {
        break; // Redis is still away; the next round tries again.
      }
    }
    if (this.pending.size > 0) this.schedule();
  }
}
