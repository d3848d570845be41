import { setTimeout as pause } from 'node:timers/promises';

export interface TickerTimes {
  readonly everyMs: number;
  /** Between the beginnings of two turns at least, however often it is woken. */
  readonly gapMs: number;
}

/** Does a piece of work again and again, never twice at once, and at once when it is woken. */
export class Ticker {
  private readonly stopping = new AbortController();
  private woken = new AbortController();
  private running: Promise<void> = Promise.resolve();
  private beganAt: number | null = null;

  /** `work` never rejects. */
  constructor(
    private readonly work: () => Promise<void>,
    private readonly times: TickerTimes,
  ) {}

  /** How long the turn has taken that is under way. */
  get busyMs(): number {
    return this.beganAt === null ? 0 : performance.now() - this.beganAt;
  }

  start(): void {
    this.running = this.run();
  }

  /** A turn that is under way is followed by another one. */
  wake(): void {
    this.woken.abort();
  }

  /** Waits for the turn that is under way. */
  async stop(): Promise<void> {
    this.stopping.abort();
    this.woken.abort();
    await this.running;
  }

  private async run(): Promise<void> {
    const stopping = this.stopping.signal;
    while (!stopping.aborted) {
      const began = performance.now();
      this.woken = new AbortController();
      this.beganAt = began;
      await this.work();
      this.beganAt = null;
      await sleep(began + this.times.everyMs, this.woken.signal);
      await sleep(began + this.times.gapMs, stopping);
    }
  }
}

async function sleep(until: number, signal: AbortSignal): Promise<void> {
  const left = Math.max(0, until - performance.now());
  await pause(left, undefined, { signal }).catch(() => undefined);
}
