import type { PresentBackend } from '#common/contracts/worker-presence.js';
import type { Metrics } from '#common/observability/metrics.js';
import { Settlement } from '#common/settlement/settlement.js';
import { Backends } from '../backends/backends.js';
import { Watchdog } from '../health/watchdog.js';
import { StreamLedger } from '../streaming/stream.ledger.js';
import { StreamWriter } from '../streaming/stream-writer.js';
import type { WorkerContext } from '../worker-context.js';
import { ClaimsLedger } from './claims.ledger.js';
import { GenerationProcessor } from './generation.processor.js';
import { MakeAttempt } from './make-attempt.js';
import { RetryBudget } from './retry-budget.js';
import { RunGeneration } from './run-generation.js';
import { RunningJobs } from './running-jobs.js';
import { TryBackends } from './try-backends.js';

const WATCH_EVERY_MS = 5_000;
const SETTLEMENTS = ['completed', 'failed', 'expired', 'already', 'unknown'] as const;

/** The role `generate`: what it is made of, how it starts and how it stops. */
export class Generating {
  readonly processor: GenerationProcessor;
  readonly watchdog = new Watchdog();
  private readonly running: RunningJobs;
  private readonly called: Backends;
  private watching: NodeJS.Timeout | undefined;

  constructor(private readonly context: WorkerContext) {
    const { config, connections, metrics, logger, workerId, cordon, outcomes } = context;
    const settlement = new Settlement(connections.commands, config.retentionMs);
    this.running = new RunningJobs(connections.commands, logger);
    this.called = new Backends(context);
    const { router, directory, calls } = this.called;
    const budget = new RetryBudget();
    const ledger = new StreamLedger(connections.commands, workerId);
    const attempts = new MakeAttempt({
      router,
      directory,
      calls,
      budget,
      metrics,
      tell: (run, onClosed) => new StreamWriter(run, { ledger, metrics, onClosed }),
    });
    const run = new RunGeneration({
      workerId,
      claims: new ClaimsLedger(connections.commands, workerId),
      running: this.running,
      router,
      backends: new TryBackends({ router, attempts, budget, logger, prices: config.prices }),
      settlement,
      outcomes,
      metrics,
      logger,
    });
    const { pool } = config;
    countFromZero(metrics, pool);
    const { watchdog } = this;
    this.processor = new GenerationProcessor({ pool, run, settlement, logger, watchdog, cordon });
  }

  get active(): number {
    return this.running.count;
  }

  backends(): PresentBackend[] {
    return this.called.describe();
  }

  /** Somebody else has ended a job that may run here. */
  abandon(jobId: string): void {
    this.running.abandon(jobId);
  }

  /** Pulls jobs from here on; when the process stops, lets running ones finish and hands back the rest. */
  async start(): Promise<void> {
    const { shutdown, config, cordon } = this.context;
    this.running.start();
    await this.called.start();
    this.processor.startPulling();
    cordon.onChange((isCordoned) => void this.obey(isCordoned));
    this.watching = setInterval(() => void this.watch(), WATCH_EVERY_MS);
    shutdown.on('stop-intake', 'pulling', () => this.processor.stopPulling());
    shutdown.on('drain-work', 'running jobs', () => this.drain(), config.drainMs + 5_000);
    shutdown.on('flush-records', 'backends', () => this.called.stop());
  }

  /** A worker that stops pulls no more, whatever it is told. */
  private async obey(isCordoned: boolean): Promise<void> {
    this.context.logger.info({ active: this.active }, isCordoned ? 'cordoned' : 'takes jobs again');
    if (isCordoned) await this.processor.stopPulling();
    else if (!this.context.shutdown.isStopping) await this.processor.resumePulling();
  }

  private async drain(): Promise<void> {
    clearInterval(this.watching);
    await this.running.drain(this.context.config.drainMs);
    await this.processor.close();
    this.running.close();
  }

  private async watch(): Promise<void> {
    const { queues, config, shutdown, cordon } = this.context;
    const reading = await Promise.all([queues.counts(config.pool), queues.isPaused(config.pool)]).catch(
      () => null,
    );
    this.watchdog.look({
      // Jobs that wait for a backend wait for no worker.
      queued: reading === null ? null : reading[0].queued - reading[0].deferred,
      isPaused: reading?.[1] ?? false,
      freeSlots: config.slots - this.active,
      isDraining: shutdown.isStopping,
      isCordoned: cordon.isCordoned,
    });
  }
}

/** The first of a counter would be missed by whoever asks for its increase. */
function countFromZero(metrics: Metrics, pool: string): void {
  for (const status of SETTLEMENTS) metrics.counter('sluice_settlements_total').inc({ pool, status }, 0);
  metrics.histogram('sluice_queue_wait_seconds').zero({ pool });
}
