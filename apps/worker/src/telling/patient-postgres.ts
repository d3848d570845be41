import { setTimeout as pause } from 'node:timers/promises';
import { BootError } from '#common/errors/boot-error.js';
import type { Logger } from '#common/observability/logger.js';

const PAUSE_MS_MIN = 500;
const PAUSE_MS_MAX = 5_000;

/** Repeats what needs PostgreSQL until it is there, and says once that it went away and once that it is back. */
export class PatientPostgres {
  private trouble: string | null = null;

  constructor(
    private readonly logger: Logger,
    private readonly stopping: AbortSignal,
    /** What waits meanwhile, and where. */
    private readonly waiting = 'settlements wait in the event stream',
  ) {}

  /** Null when stopped before PostgreSQL answered; `work` is tried at least once, also when already stopping. */
  async until<T>(work: () => Promise<T>): Promise<T | null> {
    for (let pauseMs = PAUSE_MS_MIN; ; pauseMs = Math.min(2 * pauseMs, PAUSE_MS_MAX)) {
      const isLastTry = this.stopping.aborted;
      try {
        const answer = await work();
        this.noteBack();
        return answer;
      } catch (error) {
        this.noteAway(error);
      }
      if (isLastTry) return null;
      await pause(pauseMs, undefined, { signal: this.stopping }).catch(() => undefined);
    }
  }

  private noteAway(error: unknown): void {
    const because = lastLine(error);
    if (because === this.trouble) return;
    const level = this.trouble === null ? 'warn' : 'debug';
    this.trouble = because;
    if (error instanceof BootError) {
      this.logger.error(
        { because },
        `The tables are not as they must be; until somebody resolves it ${this.waiting}`,
      );
      return;
    }
    this.logger[level]({ because }, `PostgreSQL takes no rows; ${this.waiting}`);
  }

  private noteBack(): void {
    if (this.trouble !== null) this.logger.info('PostgreSQL takes rows again');
    this.trouble = null;
  }
}

/** Prisma puts what happened at the end, below where it happened. */
function lastLine(error: unknown): string {
  const text = error instanceof Error ? error.message || error.name : String(error);
  return text.trim().split('\n').at(-1) ?? text;
}
