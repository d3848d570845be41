import { Redis, ReplyError } from 'ioredis';

/** How long Redis may owe an answer and say nothing, in milliseconds. */
export const SILENCE_MS_MAX = 400;

/**
 * A connection whose commands fail when Redis is away, and not because this process or Redis is busy. Redis answers the
 * commands of a connection in their order, so while it says anything on it, every answer is on its way. When it owes one and says
 * nothing for 400 ms, the connection is cut: all that waits for it fails, and what comes next fails at once, until Redis
 * has taken a new connection. A time limit of each command could not tell a silent Redis from a burst of 1,000 requests that keeps
 * this process from reading the answers.
 */
// Members are #private: Redis has a method for each command, such as `watch`.
export class FailFastRedis extends Redis {
  #owed = 0;
  #heardAt = 0;
  #isWatched = false;

  override sendCommand(...args: Parameters<Redis['sendCommand']>): unknown {
    const [command] = args;
    if (this.#owed === 0) this.#heardAt = performance.now();
    this.#owed += 1;
    this.#lookSoon();
    command.promise.then(this.#answered, this.#failed);
    return super.sendCommand(...args);
  }

  readonly #answered = (): void => {
    this.#owed -= 1;
    this.#heardAt = performance.now();
  };

  /** Only Redis can break its silence: a command that was never sent is no sign of life. */
  readonly #failed = (error: unknown): void => {
    if (error instanceof ReplyError) this.#answered();
    else this.#owed -= 1;
  };

  get #silentMs(): number {
    return this.#owed === 0 ? 0 : performance.now() - this.#heardAt;
  }

  #lookSoon(): void {
    if (this.#isWatched || this.#owed === 0) return;
    this.#isWatched = true;
    setTimeout(() => {
      // A process that was busy has its timers run before it reads what has arrived meanwhile. It reads before immediates run.
      setImmediate(() => {
        this.#isWatched = false;
        if (this.#silentMs < SILENCE_MS_MAX) this.#lookSoon();
        else this.stream.destroy(new Error(`Redis said nothing for ${SILENCE_MS_MAX} ms.`));
      });
    }, SILENCE_MS_MAX - this.#silentMs);
  }
}
