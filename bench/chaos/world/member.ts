import { setTimeout as pause } from 'node:timers/promises';
import { describeExit } from '#scripts/local/child-end.js';
import { messageOf } from '#scripts/local/launch-error.js';
import { type LocalProcess, type ProcessPlan, startProcess } from '#scripts/local/process.js';

const AGAIN_MS = 1_000;

export interface MemberDiary {
  /** A process that ended although nobody had ended it. */
  endedByItself(name: string, how: string): void;
  /** A start that failed, for instance because Redis was away; it is tried again. */
  failedToStart(name: string, why: string): void;
}

/** One process of the fleet under a supervisor: whatever ends it, it is started again. */
export class Member {
  private current: LocalProcess | null = null;
  private isEnding = false;
  private starting: Promise<void> = Promise.resolve();
  private readonly closing = new AbortController();

  constructor(
    private readonly plan: ProcessPlan,
    private readonly diary: MemberDiary,
  ) {}

  get name(): string {
    return this.plan.name;
  }

  /** Zero while it does not listen. */
  get port(): number {
    return this.current?.port ?? 0;
  }

  /** The first start: a failure is the caller's to report. */
  async open(): Promise<void> {
    this.isEnding = false;
    const process = await startProcess({ ...this.plan, signal: this.closing.signal });
    this.current = process;
    void process.exited.then((exit) => {
      if (this.isEnding || this.current !== process) return;
      this.current = null;
      this.diary.endedByItself(this.name, describeExit(exit));
      void this.revive();
    });
  }

  async kill(): Promise<void> {
    await this.end((process) => process.kill());
  }

  async stop(graceMs: number): Promise<void> {
    await this.end((process) => process.stop(graceMs));
  }

  freeze(): void {
    this.current?.freeze();
  }

  thaw(): void {
    this.current?.thaw();
  }

  /** Starts it again, as often as it takes. */
  revive(): Promise<void> {
    this.starting = this.starting.then(async () => {
      while (this.current === null && !this.closing.signal.aborted) await this.tryToOpen();
    });
    return this.starting;
  }

  /** For good. */
  async close(graceMs: number): Promise<void> {
    this.closing.abort();
    await this.starting;
    await this.stop(graceMs);
  }

  private async tryToOpen(): Promise<void> {
    const { signal } = this.closing;
    const why = await this.open().catch((error: unknown) => messageOf(error));
    if (why === undefined || signal.aborted) return;
    this.diary.failedToStart(this.name, why);
    await pause(AGAIN_MS, undefined, { signal }).catch(() => undefined);
  }

  private async end(how: (process: LocalProcess) => Promise<void>): Promise<void> {
    this.isEnding = true;
    const process = this.current;
    this.current = null;
    if (process !== null) await how(process);
  }
}
