/** Where progress is shown. `process.stdout` is one. */
export interface Screen {
  readonly isTTY?: boolean;
  write(text: string): unknown;
}

const QUIET_MS = 1_000;
const REDRAW_MS = 250;
const CLEAR_LINE = '\r\u001b[2K';

const seconds = (ms: number): string => `${(ms / 1_000).toFixed(1)} s`;

/**
 * Shows what takes longer than a second: on a terminal one line that is redrawn, elsewhere one plain line per step.
 * Several steps may run at once.
 */
export class Progress {
  private readonly running = new Map<string, number>();
  private redraw: NodeJS.Timeout | null = null;
  private isDrawn = false;

  constructor(private readonly screen: Screen) {}

  async step<T>(name: string, work: () => Promise<T>): Promise<T> {
    const begun = performance.now();
    const stopShowing = this.show(name, begun);
    try {
      const value = await work();
      stopShowing();
      this.say(`✓ ${name} (${seconds(performance.now() - begun)})`);
      return value;
    } catch (error) {
      stopShowing();
      this.say(`✗ ${name} (${seconds(performance.now() - begun)})`);
      throw error;
    }
  }

  say(line: string): void {
    this.clear();
    this.screen.write(`${line}\n`);
  }

  private show(name: string, begun: number): () => void {
    this.running.set(name, begun);
    if (this.screen.isTTY) {
      this.redraw ??= setInterval(() => this.draw(), REDRAW_MS);
      return () => this.hide(name);
    }
    const timer = setTimeout(() => this.say(`… ${name}`), QUIET_MS);
    return () => {
      clearTimeout(timer);
      this.hide(name);
    };
  }

  private hide(name: string): void {
    this.running.delete(name);
    this.clear();
    if (this.running.size > 0 || this.redraw === null) return;
    clearInterval(this.redraw);
    this.redraw = null;
  }

  private draw(): void {
    const longest = performance.now() - Math.min(...this.running.values());
    if (longest < QUIET_MS) return;
    this.screen.write(
      `${CLEAR_LINE}… ${[...this.running.keys()].join(', ')} (${Math.floor(longest / 1_000)} s)`,
    );
    this.isDrawn = true;
  }

  private clear(): void {
    if (!this.isDrawn) return;
    this.screen.write(CLEAR_LINE);
    this.isDrawn = false;
  }
}
