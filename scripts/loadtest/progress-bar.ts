import type { Screen } from '../local/progress.js';

const REDRAW_MS = 100;
const TELL_EVERY_MS = 5_000;
const WIDTH = 30;
const CLEAR_LINE = '\r\u001b[2K';

/** How far a known number of steps has come: a bar drawn in place on a terminal, a line now and then elsewhere. */
export class ProgressBar {
  private done = 0;
  private readonly timer: NodeJS.Timeout;

  constructor(
    private readonly screen: Screen,
    private readonly total: number,
  ) {
    this.timer = setInterval(() => this.show(), this.screen.isTTY === true ? REDRAW_MS : TELL_EVERY_MS);
  }

  step(): void {
    this.done += 1;
  }

  finish(): void {
    clearInterval(this.timer);
    if (this.screen.isTTY === true) this.screen.write(CLEAR_LINE);
  }

  private show(): void {
    const answered = `${this.done} of ${this.total} requests answered`;
    if (this.screen.isTTY !== true) {
      this.screen.write(`${answered}\n`);
      return;
    }
    const full = Math.round((this.done / this.total) * WIDTH);
    this.screen.write(`${CLEAR_LINE}[${'█'.repeat(full)}${'░'.repeat(WIDTH - full)}] ${answered}`);
  }
}
