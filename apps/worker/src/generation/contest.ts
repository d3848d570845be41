import type { Called } from '../backends/call-backend.js';
import type { Chosen } from '../backends/router.js';

/** One call within an attempt. */
export interface Contender {
  readonly chosen: Chosen;
  /** Which attempt of the job it is, from 1. */
  readonly number: number;
  readonly ended: Promise<Called>;
}

export interface Ended {
  readonly contender: Contender;
  readonly called: Called;
}

/**
 * The calls of one attempt: one, or two when the first was silent for too long. Who speaks first is the only one that is
 * heard; the others are aborted.
 */
export class Contest {
  private readonly controllers = new Map<number, AbortController>();
  private speaker: number | null = null;
  private readonly over = new AbortController();

  /** `signal` ends all calls. */
  constructor(private readonly signal: AbortSignal) {}

  /** Fires when somebody has spoken or the first call has ended: then a second one is of no use. */
  get decided(): AbortSignal {
    return this.over.signal;
  }

  /** The signal of one call. */
  enter(number: number): AbortSignal {
    const controller = new AbortController();
    this.controllers.set(number, controller);
    const abort = (): void => {
      controller.abort();
    };
    if (this.signal.aborted) abort();
    else this.signal.addEventListener('abort', abort, { once: true });
    return controller.signal;
  }

  /** Whether a piece of this call is heard. */
  hears(number: number): boolean {
    if (this.speaker === null) {
      this.speaker = number;
      this.abortOthers(number);
      this.over.abort();
    }
    return this.speaker === number;
  }

  /** The call that decides the attempt: whoever spoke, else the first that was answered, else the last that failed. */
  async decide(contenders: readonly Contender[]): Promise<Ended> {
    const pending = new Map(
      contenders.map((contender): [number, Promise<Ended>] => [
        contender.number,
        contender.ended.then((called) => ({ contender, called })),
      ]),
    );
    for (;;) {
      const ended = await Promise.race(pending.values());
      pending.delete(ended.contender.number);
      const isDecisive = ['completed', 'refused'].includes(ended.called.outcome.kind);
      const isHeard = this.speaker === null ? isDecisive : this.speaker === ended.contender.number;
      if (!isHeard && pending.size > 0) continue;
      this.abortOthers(ended.contender.number);
      this.over.abort();
      return ended;
    }
  }

  private abortOthers(number: number): void {
    for (const [other, controller] of this.controllers) if (other !== number) controller.abort();
  }
}
