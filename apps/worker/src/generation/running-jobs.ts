import type { Redis } from 'ioredis';
import type { Logger } from '#common/observability/logger.js';
import { keys } from '#common/redis/keys.js';

/** Why a running job is told to stop. `abandon`: somebody else settled it. `drain`: this worker stops. */
export type StopReason = 'deadline' | 'abandon' | 'drain';

/** A message may be lost: jobs that run longer than this are looked at, and again each time it has passed. */
const LOOK_EVERY_MS = 1_000;

/** One run of a job. The same job may be delivered again to this process before its first run has noticed. */
export class Run {
  readonly since = performance.now();
  private readonly controller = new AbortController();
  private readonly timers: NodeJS.Timeout[] = [];

  constructor(readonly jobId: string) {}

  /** Fires with a StopReason: at the deadline, on abandonment, or when this worker has drained for long enough. */
  get signal(): AbortSignal {
    return this.controller.signal;
  }

  stop(reason: StopReason): void {
    this.controller.abort(reason);
  }

  stopIn(ms: number, reason: StopReason): void {
    const timer = setTimeout(() => {
      this.stop(reason);
    }, ms);
    this.timers.push(timer);
  }

  end(): void {
    for (const timer of this.timers) clearTimeout(timer);
  }
}

/** What this worker runs now, and the ways to stop it. */
export class RunningJobs {
  private readonly runs = new Set<Run>();
  private readonly idleWaiters = new Set<() => void>();
  private looking: NodeJS.Timeout | undefined;
  private drainedAt: number | null = null;

  constructor(
    private readonly commands: Redis,
    private readonly logger: Logger,
  ) {}

  get count(): number {
    return this.runs.size;
  }

  start(): void {
    this.looking = setInterval(() => void this.lookForSettled(), LOOK_EVERY_MS);
  }

  close(): void {
    clearInterval(this.looking);
  }

  /** An older run of the same job has lost its place in the queue, so it is stopped. */
  async run<T>(jobId: string, work: (run: Run) => Promise<T>): Promise<T> {
    this.abandon(jobId);
    const run = new Run(jobId);
    this.runs.add(run);
    if (this.drainedAt !== null) run.stopIn(this.drainedAt - performance.now(), 'drain');
    try {
      return await work(run);
    } finally {
      run.end();
      this.runs.delete(run);
      if (this.runs.size === 0) for (const resolve of this.idleWaiters) resolve();
    }
  }

  /** Somebody else has settled or begun it. */
  abandon(jobId: string): void {
    for (const run of this.runs) if (run.jobId === jobId) run.stop('abandon');
  }

  /** Resolves when nothing runs: by itself within `graceMs`, or after the rest was told to stop. */
  async drain(graceMs: number): Promise<void> {
    this.drainedAt = performance.now() + graceMs;
    for (const run of this.runs) run.stopIn(graceMs, 'drain');
    while (this.runs.size > 0) {
      await new Promise<void>((resolve) => {
        this.idleWaiters.add(resolve);
      });
    }
  }

  private async lookForSettled(): Promise<void> {
    const before = performance.now() - LOOK_EVERY_MS;
    const due = [...this.runs].filter(({ since }) => since < before);
    if (due.length === 0) return;
    const pipeline = this.commands.pipeline();
    for (const { jobId } of due) pipeline.hget(keys.job(jobId), 'status');
    try {
      const answers = (await pipeline.exec()) ?? [];
      for (const [index, [error, status]] of answers.entries()) {
        if (error === null && status !== 'running' && status !== 'queued') due[index]?.stop('abandon');
      }
    } catch (error) {
      this.logger.debug({ err: error }, 'running jobs could not be looked up; trying again');
    }
  }
}
