/** Node fires a longer timer at once. */
const TIMER_MS_MAX = 2 ** 31 - 1;

/** Until when a call may last: until its caller's signal fires or its time is over, whatever comes first. */
export class CallLimit {
  isTimedOut = false;
  private readonly cut = new AbortController();
  private readonly timer: NodeJS.Timeout;
  private readonly abandon = () => {
    this.cut.abort();
  };

  constructor(
    private readonly caller: AbortSignal,
    timeoutMs: number,
  ) {
    caller.addEventListener('abort', this.abandon, { once: true });
    if (caller.aborted) this.abandon();
    this.timer = setTimeout(
      () => {
        this.isTimedOut = true;
        this.cut.abort();
      },
      Math.min(timeoutMs, TIMER_MS_MAX),
    );
  }

  get signal(): AbortSignal {
    return this.cut.signal;
  }

  get isAborted(): boolean {
    return this.caller.aborted;
  }

  /** The call is over: hangs up, where the answer was not read to its end, and leaves neither timer nor listener behind. */
  end(): void {
    clearTimeout(this.timer);
    this.caller.removeEventListener('abort', this.abandon);
    this.cut.abort();
  }
}
