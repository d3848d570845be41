import { within } from '#common/lifecycle/within.js';

const STOP_MS_MAX = 3_000;

/** Does one thing again and again: the next turn begins a pause after the last one ended, so that turns never overlap. */
export class Repeater {
  private timer: NodeJS.Timeout | undefined;
  private turning: Promise<void> = Promise.resolve();
  private readonly stopping = new AbortController();

  /** `turn` never rejects; it ends early when it is told to stop. */
  constructor(
    private readonly turn: (stopping: AbortSignal) => Promise<void>,
    private readonly everyMs: number,
  ) {}

  /** The first turn begins at once. */
  start(): void {
    if (this.stopping.signal.aborted) return;
    this.turning = this.turn(this.stopping.signal).then(() => {
      if (this.stopping.signal.aborted) return;
      this.timer = setTimeout(() => {
        this.start();
      }, this.everyMs);
    });
  }

  /** Over when the turn under way is, or after 3 s: whatever it asked may never answer. */
  async stop(): Promise<void> {
    this.stopping.abort();
    clearTimeout(this.timer);
    await within(STOP_MS_MAX, 'the turn under way', this.turning).catch(() => undefined);
  }
}
