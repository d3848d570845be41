import type { Redis } from 'ioredis';
import { workerControl } from '#common/contracts/wake-up.js';
import type { Logger } from '#common/observability/logger.js';
import { channels, keys } from '#common/redis/keys.js';

/** Why a running job is told to stop. `abandon`: somebody else settled it. `drain`: this worker stops. */
export type StopReason = 'deadline' | 'abandon' | 'drain';

/** A message may be lost: jobs that run longer than this are looked at, and again each time it has passed. */
const LOOK_EVERY_MS = 1_000;

interface RunningJob {
  readonly since: number;
  readonly controller: AbortController;
}

/** The jobs that this worker runs now, and the ways to stop one. */
export class RunningJobs {
  private readonly jobs = new Map<string, RunningJob>();
  private readonly idleWaiters = new Set<() => void>();
  private looking: NodeJS.Timeout | undefined;

  constructor(
    private readonly workerId: string,
    private readonly connections: { readonly subscriber: Redis; readonly commands: Redis },
    private readonly logger: Logger,
  ) {}

  get count(): number {
    return this.jobs.size;
  }

  async start(): Promise<void> {
    const { subscriber } = this.connections;
    subscriber.on('message', (_channel: string, message: string) => {
      const order = workerControl.safeParse(JSON.parse(message));
      if (order.success) this.stop(order.data.job_id, 'abandon');
    });
    await subscriber.subscribe(channels.workerControl(this.workerId));
    this.looking = setInterval(() => void this.lookForSettled(), LOOK_EVERY_MS);
  }

  close(): void {
    clearInterval(this.looking);
  }

  /** Runs `work` with a signal that fires, with a StopReason, at the deadline, on abandonment or when draining. */
  async run<T>(id: string, remainingMs: number, work: (signal: AbortSignal) => Promise<T>): Promise<T> {
    const controller = new AbortController();
    const deadline = setTimeout(() => {
      controller.abort('deadline' satisfies StopReason);
    }, remainingMs);
    this.jobs.set(id, { since: performance.now(), controller });
    try {
      return await work(controller.signal);
    } finally {
      clearTimeout(deadline);
      this.jobs.delete(id);
      if (this.jobs.size === 0) for (const resolve of this.idleWaiters) resolve();
    }
  }

  /** Resolves when nothing runs: by itself within `graceMs`, or after the rest was told to stop. */
  async drain(graceMs: number): Promise<void> {
    const timer = setTimeout(() => {
      for (const id of this.jobs.keys()) this.stop(id, 'drain');
    }, graceMs);
    try {
      while (this.jobs.size > 0) {
        await new Promise<void>((resolve) => {
          this.idleWaiters.add(resolve);
        });
      }
    } finally {
      clearTimeout(timer);
    }
  }

  private stop(id: string, reason: StopReason): void {
    this.jobs.get(id)?.controller.abort(reason);
  }

  private async lookForSettled(): Promise<void> {
    const before = performance.now() - LOOK_EVERY_MS;
    const ids = [...this.jobs].filter(([, { since }]) => since < before).map(([id]) => id);
    if (ids.length === 0) return;
    const pipeline = this.connections.commands.pipeline();
    for (const id of ids) pipeline.hget(keys.job(id), 'status');
    try {
      const answers = (await pipeline.exec()) ?? [];
      for (const [index, [error, status]] of answers.entries()) {
        if (error === null && status !== 'running' && status !== 'queued')
          this.stop(ids[index] ?? '', 'abandon');
      }
    } catch (error) {
      this.logger.debug({ err: error }, 'running jobs could not be looked up; trying again');
    }
  }
}
