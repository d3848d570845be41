import type { Logger } from '#common/observability/logger.js';

/** Says once that something cannot be had, and once that it can be had again. */
export class Absence {
  private isAway = false;

  constructor(
    private readonly logger: Logger,
    private readonly sentences: { readonly away: string; readonly back: string },
  ) {}

  noteAway(error: unknown): void {
    const level = this.isAway ? 'debug' : 'warn';
    this.isAway = true;
    this.logger[level]({ because: lastLine(error) }, this.sentences.away);
  }

  noteBack(): void {
    if (this.isAway) this.logger.info(this.sentences.back);
    this.isAway = false;
  }
}

/** Prisma puts what happened at the end, below where it happened. */
function lastLine(error: unknown): string {
  const text = error instanceof Error ? error.message || error.name : String(error);
  return text.trim().split('\n').at(-1) ?? text;
}
