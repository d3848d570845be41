/** In tenths of a retry, so that ten deposits are exactly one. */
const DEPOSIT = 1;
const RETRY = 10;
const RESERVE = 10 * RETRY;
const BALANCE_MAX = 100 * RETRY;

/**
 * Keeps retries to a tenth of the first attempts, after a reserve of 10 for a worker that has just begun, and saves up to
 * 100 for a bad moment. After Finagle's RetryBudget (twitter.github.io/finagle, "Clients", Retries), but without its clock:
 * a worker that idles neither gains nor loses. One budget for a whole worker: retries of one job spend what others earned.
 */
export class RetryBudget {
  private balance = RESERVE;

  canRetry(): boolean {
    return this.balance >= RETRY;
  }

  /** For the first attempt of each delivery. */
  deposit(): void {
    this.balance = Math.min(this.balance + DEPOSIT, BALANCE_MAX);
  }

  /** For each retry. False, and nothing is spent, when there is none left. */
  withdraw(): boolean {
    if (!this.canRetry()) return false;
    this.balance -= RETRY;
    return true;
  }
}
