import type { Screen } from '../local/progress.js';

const REDRAW_MS = 200;
const TELL_EVERY_MS = 5_000;
const WIDTH = 24;
const CLEAR_LINE = '\r\u001b[2K';

/** How far something has come. */
export interface Stand {
  /** From 0 to 1. */
  readonly part: number;
  readonly words: string;
}

/** How far a test has come: a bar drawn in place on a terminal, a line now and then elsewhere. */
export class ProgressBar {
  private readonly timer: NodeJS.Timeout;

  constructor(
    private readonly screen: Screen,
    private readonly look: () => Stand,
  ) {
    this.timer = setInterval(() => this.show(), this.screen.isTTY === true ? REDRAW_MS : TELL_EVERY_MS);
  }

  finish(): void {
    clearInterval(this.timer);
    if (this.screen.isTTY === true) this.screen.write(CLEAR_LINE);
  }

  private show(): void {
    const { part, words } = this.look();
    const done = Math.min(1, Math.max(0, part));
    if (this.screen.isTTY !== true) {
      this.screen.write(`${Math.floor(done * 100)} %, ${words}\n`);
      return;
    }
    const full = Math.round(done * WIDTH);
    this.screen.write(`${CLEAR_LINE}[${'█'.repeat(full)}${'░'.repeat(WIDTH - full)}] ${words}`);
  }
}
