import { Settlement } from '#common/settlement/settlement.js';
import { AdaptiveLedger } from '../adaptive/adaptive.ledger.js';
import { OutcomeTally } from '../adaptive/outcome-tally.js';
import { BackendPool } from '../backends/backend-pool.js';
import { BackendDirectory } from '../backends/backend-directory.js';
import { configuredBackends } from '../backends/configured-backends.js';
import { parseSimulatorProfiles } from '../backends/simulator/profiles.parser.js';
import { Watchdog } from '../health/watchdog.js';
import type { WorkerConfig } from '../worker.config.js';
import type { WorkerContext } from '../worker-context.js';
import { ClaimsLedger } from './claims.ledger.js';
import { GenerationProcessor } from './generation.processor.js';
import { RetryBudget } from './retry-budget.js';
import { RunGeneration } from './run-generation.js';
import { RunningJobs } from './running-jobs.js';

const WATCH_EVERY_MS = 5_000;

/** The role `generate`: what it is made of, how it starts and how it stops. */
export class Generating {
  readonly processor: GenerationProcessor;
  readonly watchdog = new Watchdog();
  private readonly running: RunningJobs;
  private readonly pool: BackendPool;
  private readonly tally: OutcomeTally;
  private watching: NodeJS.Timeout | undefined;

  constructor(private readonly context: WorkerContext) {
    const { config, connections, metrics, logger, workerId } = context;
    const settlement = new Settlement(connections.commands, config.retentionMs);
    this.running = new RunningJobs(workerId, connections, logger);
    const directory = directoryOf(config);
    this.tally = new OutcomeTally({
      ledger: new AdaptiveLedger(connections.readings),
      serving: (model) => directory.serving(model).map(({ config: { id } }) => id),
      logger,
    });
    this.pool = new BackendPool(directory, metrics, this.tally);
    const run = new RunGeneration({
      workerId,
      claims: new ClaimsLedger(connections.commands, workerId),
      running: this.running,
      backends: this.pool,
      budget: new RetryBudget(),
      settlement,
      metrics,
      logger,
      prices: config.prices,
    });
    this.processor = new GenerationProcessor({
      pool: config.pool,
      run,
      settlement,
      logger,
      watchdog: this.watchdog,
    });
  }

  get active(): number {
    return this.running.count;
  }

  backends(): { id: string; kind: string; active: number }[] {
    return this.pool.views().map(({ models, ...view }) => ({ ...view, models: [...models] }));
  }

  /** Pulls jobs from here on; when the process stops, lets running ones finish and hands back the rest. */
  async start(): Promise<void> {
    const { shutdown, config } = this.context;
    await this.running.start();
    this.tally.start();
    this.processor.startPulling();
    this.watching = setInterval(() => void this.watch(), WATCH_EVERY_MS);
    shutdown.on('stop-intake', 'pulling', () => this.processor.stopPulling());
    shutdown.on('drain-work', 'running jobs', () => this.drain(), config.drainMs + 5_000);
    shutdown.on('flush-records', 'outcomes', () => this.tally.stop());
  }

  private async drain(): Promise<void> {
    clearInterval(this.watching);
    await this.running.drain(this.context.config.drainMs);
    await this.processor.close();
    this.running.close();
  }

  private async watch(): Promise<void> {
    const { queues, config, shutdown } = this.context;
    const reading = await Promise.all([queues.counts(config.pool), queues.isPaused(config.pool)]).catch(
      () => null,
    );
    this.watchdog.look({
      queued: reading === null ? null : reading[0].queued,
      isPaused: reading?.[1] ?? false,
      freeSlots: config.slots - this.active,
      isDraining: shutdown.isStopping,
    });
  }
}

function directoryOf(config: WorkerConfig): BackendDirectory {
  const { apiKey: openAiApiKey, baseUrl: openAiBaseUrl } = config.openAi;
  const configured = configuredBackends({ backends: config.backends, openAiApiKey, openAiBaseUrl });
  return new BackendDirectory(configured, config.routes, {
    simulatorSeed: config.simulator.seed,
    simulatorProfiles: parseSimulatorProfiles(config.simulator.profiles),
    secretOf: config.secretOf,
  });
}
