/** Work in flight, of which there is never more than is allowed. */
export class Flights {
  private count = 0;
  private wake: () => void = () => undefined;

  /** `work` never rejects. */
  add(work: Promise<void>): void {
    this.count++;
    void work.finally(() => {
      this.count--;
      this.wake();
    });
  }

  /** Resolves when there are fewer than `limit()`. One at a time may wait. */
  async room(limit: () => number): Promise<void> {
    while (this.count >= limit()) {
      await new Promise<void>((resolve) => {
        this.wake = resolve;
      });
    }
  }

  /** Resolves when there is none. */
  idle(): Promise<void> {
    return this.room(() => 1);
  }
}
