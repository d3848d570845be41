import { configuredBackends } from '#common/config/configured-backends.js';
import type { PresentBackend } from '#common/contracts/worker-presence.js';
import { AdaptiveLedger } from '../adaptive/adaptive.ledger.js';
import { OutcomeTally } from '../adaptive/outcome-tally.js';
import type { WorkerConfig } from '../worker.config.js';
import type { WorkerContext } from '../worker-context.js';
import { BackendDirectory } from './backend-directory.js';
import { CallBackend } from './call-backend.js';
import { Circuits } from './circuits/circuits.js';
import { HealthChecks } from './health/health-checks.js';
import { Permits } from './permits/permits.js';
import { RegistryWatch } from './registry-watch.js';
import { Measurements } from './routing/measurements.js';
import { Router } from './router.js';
import { RuntimeGuard } from './runtime-guard.js';
import { parseSimulatorProfiles } from './simulator/profiles.parser.js';

/** All that finds a backend and calls it: what it is made of, how it starts and how it stops. */
export class Backends {
  readonly directory: BackendDirectory;
  readonly router: Router;
  readonly calls: CallBackend;
  private readonly registry: RegistryWatch;
  private readonly circuits: Circuits;
  private readonly health: HealthChecks;
  private readonly permits: Permits;
  private readonly tally: OutcomeTally;

  constructor({ config, connections, metrics, logger, workerId, outcomes }: WorkerContext) {
    const { subscriber, commands, readings: redis } = connections;
    const directory = directoryOf(config);
    const circuits = new Circuits({ workerId, redis, subscriber, metrics, logger });
    const permits = new Permits({ workerId, redis, slots: config.slots, logger });
    const measurements = new Measurements();
    const health = new HealthChecks({
      workerId,
      redis,
      list: () => directory.list(),
      hurry: (backend) => circuits.hurry(backend),
      metrics,
      logger,
    });
    this.tally = new OutcomeTally({
      ledger: new AdaptiveLedger(redis),
      serving: (model) => directory.serving(model).map(({ config: { id } }) => id),
      logger,
    });
    const { prices } = config;
    this.router = new Router({ directory, circuits, health, permits, measurements, prices, metrics });
    this.calls = new CallBackend({
      circuits,
      measurements,
      router: this.router,
      permits,
      outcomes: this.tally,
      window: outcomes,
      metrics,
    });
    this.registry = new RegistryWatch({ subscriber, redis: commands, directory, logger });
    directory.onChange(() => {
      measurements.forgetAllBut(new Set(directory.list().map(({ config: { id } }) => id)));
    });
    this.directory = directory;
    this.circuits = circuits;
    this.permits = permits;
    this.health = health;
  }

  /** For the heartbeat. */
  describe(): PresentBackend[] {
    return this.directory.describe((id) => this.calls.openAt(id));
  }

  /** Knows, when it resolves, what the fleet knows of its backends. */
  async start(): Promise<void> {
    await this.registry.start();
    await Promise.all([this.circuits.start(), this.health.start()]);
    this.permits.start();
    this.tally.start();
  }

  /** To be called when no call is open any more. */
  async stop(): Promise<void> {
    this.registry.stop();
    await Promise.all([this.health.stop(), this.permits.stop(), this.circuits.stop(), this.tally.stop()]);
  }
}

function directoryOf(config: WorkerConfig): BackendDirectory {
  const { apiKey: openAiApiKey, baseUrl: openAiBaseUrl } = config.openAi;
  const configured = configuredBackends({ backends: config.backends, openAiApiKey, openAiBaseUrl });
  const settings = {
    simulatorSeed: config.simulator.seed,
    simulatorProfiles: parseSimulatorProfiles(config.simulator.profiles),
    secretOf: config.secretOf,
  };
  return new BackendDirectory(configured, config.routes, settings, new RuntimeGuard(config.allowedHosts));
}
