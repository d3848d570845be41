/**
 * Ends a call when its caller hangs up, when nothing was heard for too long, or when all is over. Its timers and listener
 * are held until `let` is called: signals that are put together by AbortSignal.any may be collected before they fire.
 */
export class Patience {
  /** Whether it was the caller's intent. */
  hasHungUp = false;
  private readonly cut = new AbortController();
  private readonly timers: NodeJS.Timeout[] = [];
  private readonly end = (): void => this.cut.abort();

  constructor(
    private readonly over: AbortSignal,
    { silenceMs, hangsUpAfterMs }: { readonly silenceMs: number; readonly hangsUpAfterMs: number | null },
  ) {
    this.timers.push(setTimeout(this.end, silenceMs));
    if (hangsUpAfterMs !== null) this.timers.push(setTimeout(() => this.hangUp(), hangsUpAfterMs));
    over.addEventListener('abort', this.end, { once: true });
    if (over.aborted) this.end();
  }

  get signal(): AbortSignal {
    return this.cut.signal;
  }

  let(): void {
    for (const timer of this.timers) clearTimeout(timer);
    this.over.removeEventListener('abort', this.end);
  }

  private hangUp(): void {
    this.hasHungUp = true;
    this.end();
  }
}
