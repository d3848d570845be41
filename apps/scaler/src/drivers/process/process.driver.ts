import { randomBytes } from 'node:crypto';
import { setTimeout as pause } from 'node:timers/promises';
import { ENVIRONMENT } from '#common/config/environment.js';
import { digest } from '#common/contracts/digest.js';
import type { DrivenInstance, Driver, InstanceUsage, StartOrder } from '../driver.js';
import { WorkerProcess } from './worker-process.js';

/** Below the 40 s after which a stopping process of ours exits whatever hangs: nothing is left behind then either. */
const END_MS_MAX = 36_000;

export interface ProcessDriverOptions {
  readonly pool: string;
  /** The worker's main.js. */
  readonly script: string;
  readonly slots: number;
  /** What the workers inherit. */
  readonly env: NodeJS.ProcessEnv;
  /** Where the workers' output goes, appended; by default where ours goes. */
  readonly logFile?: string;
  readonly execPath?: string;
  /** How long `release` waits for workers that were asked to end. */
  readonly endMsMax?: number;
}

/** Workers as child processes of the scaler, connected by IPC. They end with it: asked by `release`, or by themselves when it is gone. */
export class ProcessDriver implements Driver {
  readonly kind = 'process';
  readonly capabilities = { stopsChosen: true, outlivesScaler: false, reportsUsage: false };
  readonly spec: string;
  private readonly processes = new Map<string, WorkerProcess>();
  private readonly env: NodeJS.ProcessEnv;

  constructor(private readonly options: ProcessDriverOptions) {
    this.env = {
      ...options.env,
      POOL: options.pool,
      WORKER_ROLES: 'generate',
      WORKER_SLOTS: String(options.slots),
      METRICS_PORT: '0',
    };
    const ours = Object.keys(ENVIRONMENT).map((key) => [key, this.env[key] ?? null]);
    // The files behind the script may change between two starts of the scaler, and nobody sees that from outside: what crashed
    // under an earlier scaler is tried afresh under a new one.
    this.spec = digest(JSON.stringify([options.script, ours, process.pid, performance.timeOrigin]), 12);
  }

  async list(): Promise<readonly DrivenInstance[]> {
    return [...this.processes.values()].map((worker) => worker.describe());
  }

  async start({ count }: StartOrder): Promise<readonly string[]> {
    const names = Array.from(
      { length: count },
      () => `${this.options.pool}-${randomBytes(5).toString('hex')}`,
    );
    await Promise.all(names.map((name) => this.startOne(name)));
    return names;
  }

  async stop(name: string): Promise<void> {
    this.processes.get(name)?.askToEnd();
  }

  async kill(name: string): Promise<void> {
    this.processes.get(name)?.kill();
  }

  async forget(name: string): Promise<void> {
    if (this.processes.get(name)?.isRunning === false) this.processes.delete(name);
  }

  async usage(): Promise<ReadonlyMap<string, InstanceUsage>> {
    return new Map();
  }

  /** Asks all workers to end and waits for it; who has not ended after 36 s is killed. */
  async release(): Promise<void> {
    const running = [...this.processes.values()].filter((worker) => worker.isRunning);
    for (const worker of running) worker.askToEnd();
    const all = Promise.all(running.map((worker) => worker.exited));
    const patience = new AbortController();
    await Promise.race([all, this.patience(patience.signal)]);
    patience.abort();
    for (const worker of running) worker.kill();
    await all;
  }

  private async patience(signal: AbortSignal): Promise<void> {
    await pause(this.options.endMsMax ?? END_MS_MAX, undefined, { signal }).catch(() => undefined);
  }

  private async startOne(name: string): Promise<void> {
    const { script, logFile, execPath } = this.options;
    const command = {
      script,
      env: { ...this.env, WORKER_INSTANCE: name },
      ...(logFile === undefined ? {} : { logFile }),
      ...(execPath === undefined ? {} : { execPath }),
    };
    this.processes.set(name, await WorkerProcess.start(name, this.spec, command));
  }
}
