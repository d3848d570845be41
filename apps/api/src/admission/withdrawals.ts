import type { Outcome } from '#common/contracts/outcome.js';
import type { JobRef, Settlement } from '#common/settlement/settlement.js';

const RETRY_EVERY_MS = 250;
/** Past this many, the sweeper is left to end them: each is an unsettled record that no queue knows. */
const PENDING_MAX = 10_000;

const OUTCOME: Outcome = { attempts: 0, error_code: 'dependency_unavailable' };

/**
 * Ends jobs whose caller was told 503 although Redis may have taken them: a command reported as timed out is still
 * carried out when Redis thaws. Tries until Redis answers.
 */
export class Withdrawals {
  private readonly pending = new Map<string, JobRef>();
  private timer: NodeJS.Timeout | undefined;

  constructor(private readonly settlement: Settlement) {}

  get size(): number {
    return this.pending.size;
  }

  withdraw(job: JobRef): void {
    if (this.pending.size < PENDING_MAX) this.pending.set(job.id, job);
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
    for (const job of [...this.pending.values()]) {
      try {
        await this.settlement.settle(job, { status: 'failed', outcome: OUTCOME });
        this.pending.delete(job.id);
      } catch {
        break; // Redis is still away; the next round tries again.
      }
    }
    if (this.pending.size > 0) this.schedule();
  }
}
