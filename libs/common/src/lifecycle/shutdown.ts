import type { Logger } from '#common/observability/logger.js';

/** The order in which every process stops, whatever order its modules were written in. */
export const PHASES = ['stop-intake', 'drain-work', 'flush-records', 'close-connections'] as const;
export type Phase = (typeof PHASES)[number];

interface Step {
  readonly phase: Phase;
  readonly name: string;
  readonly run: () => Promise<void> | void;
  readonly withinMs: number;
}

const DEFAULT_STEP_MS = 5_000;

/**
 * Runs the registered steps phase by phase; steps of one phase run together. A step that fails or outlasts its deadline
 * is reported and passed over, because BullMQ's `close()` never returns while Redis is away.
 */
export class Shutdown {
  private readonly steps: Step[] = [];
  private started: Promise<void> | null = null;

  private logger: Pick<Logger, 'info' | 'warn'> | null = null;

  /** A process can be told to stop before it has a logger. */
  reportTo(logger: Pick<Logger, 'info' | 'warn'>): void {
    this.logger = logger;
  }

  get isStopping(): boolean {
    return this.started !== null;
  }

  on(phase: Phase, name: string, run: () => Promise<void> | void, withinMs = DEFAULT_STEP_MS): void {
    this.steps.push({ phase, name, run, withinMs });
  }

  /** Idempotent: later calls wait for the first. */
  stop(): Promise<void> {
    this.started ??= this.runPhases();
    return this.started;
  }

  private async runPhases(): Promise<void> {
    for (const phase of PHASES) {
      await Promise.all(this.steps.filter((step) => step.phase === phase).map((step) => this.runStep(step)));
    }
  }

  private async runStep({ phase, name, run, withinMs }: Step): Promise<void> {
    const began = performance.now();
    let timer: NodeJS.Timeout | undefined;
    const tooLate = new Promise<never>((_, reject) => {
      timer = setTimeout(() => {
        reject(new Error(`gave up after ${withinMs} ms`));
      }, withinMs);
    });
    try {
      await Promise.race([(async () => run())(), tooLate]);
      this.logger?.info({ phase, step: name, ms: Math.round(performance.now() - began) }, 'stopped');
    } catch (error) {
      this.logger?.warn(
        { phase, step: name, err: error },
        'a step of the shutdown failed and was passed over',
      );
    } finally {
      clearTimeout(timer);
    }
  }
}
