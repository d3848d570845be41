import { type Exit, describeExit } from './child-end.js';
import { childrenOf, commandOf, signalPid } from './pids.js';
import { type LocalProcess, type ProcessPlan, startProcess } from './process.js';
import { revive } from './revival.js';

/** A process that lived this long was well: its next failure is the first one again. */
const WELL_AFTER_MS = 60_000;

/**
 * Ends a process, and then what is left of its children: those of a process that was killed would go on for as long as it
 * takes them to stop by themselves.
 */
async function endWithChildren(process: LocalProcess | null, end: (process: LocalProcess) => Promise<void>) {
  if (process === null) return;
  const children = childrenOf(process.pid).map((pid) => ({ pid, command: commandOf(pid) }));
  await end(process);
  for (const { pid, command } of children) {
    if (command !== null && commandOf(pid) === command) signalPid(pid, 'SIGKILL');
  }
}

/** A process that is started again when it ends by itself, later and later if it keeps ending. */
export class KeptProcess {
  private current: LocalProcess | null = null;
  private failures = 0;
  private reviving: Promise<void> = Promise.resolve();
  private readonly closing = new AbortController();

  constructor(
    private readonly plan: ProcessPlan,
    private readonly say: (line: string) => void,
  ) {}

  get name(): string {
    return this.plan.name;
  }

  get port(): number {
    return this.current?.port ?? 0;
  }

  /** The first start: a failure is the caller's to report. */
  async open(): Promise<void> {
    const signals = [this.closing.signal, ...(this.plan.signal === undefined ? [] : [this.plan.signal])];
    const process = await startProcess({ ...this.plan, signal: AbortSignal.any(signals) });
    this.current = process;
    const begun = performance.now();
    void process.exited.then((exit) => this.onExit(exit, performance.now() - begun));
  }

  async stop(graceMs: number): Promise<void> {
    this.closing.abort();
    await this.reviving;
    await endWithChildren(this.current, (process) => process.stop(graceMs));
  }

  async kill(): Promise<void> {
    this.closing.abort();
    await this.reviving;
    await endWithChildren(this.current, (process) => process.kill());
  }

  private onExit(exit: Exit, livedMs: number): void {
    if (this.closing.signal.aborted) return;
    if (livedMs > WELL_AFTER_MS) this.failures = 0;
    this.say(`The ${this.name} ended by itself (${describeExit(exit)}): starting it again.`);
    const again = async (): Promise<void> => {
      await this.open();
      this.say(`The ${this.name} is back (metrics on http://localhost:${this.port}/metrics).`);
    };
    const { failures } = this;
    this.failures += 1;
    this.reviving = revive(again, { failures, signal: this.closing.signal, say: this.say });
  }
}
