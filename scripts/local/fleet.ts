import path from 'node:path';
import { describeExit } from './child-end.js';
import { KeptProcess } from './kept-process.js';
import { type LocalProcess, type ProcessPlan, startProcess } from './process.js';

/** Longer than a process takes at most to stop by itself; a scaler stops its workers meanwhile. */
const GRACE_MS = 45_000;

export interface FleetPlan {
  /** The directory that holds apps/. */
  readonly root: string;
  readonly port: number;
  readonly environment: NodeJS.ProcessEnv;
  /** Ends a start that is under way. */
  readonly signal: AbortSignal;
  readonly say: (line: string) => void;
}

/**
 * The API, one worker that tells, and the scaler, which runs the workers that generate. A scaler or worker that ends is
 * started again; the end of the API is the end of the whole.
 */
export class Fleet {
  api: LocalProcess | null = null;
  /** Settles with a sentence when the API has ended by itself. */
  readonly apiDied: Promise<string>;
  readonly tell: KeptProcess;
  readonly scaler: KeptProcess;
  private isClosing = false;
  private reportApiDeath: (sentence: string) => void = () => undefined;

  constructor(private readonly plan: FleetPlan) {
    this.apiDied = new Promise((resolve) => (this.reportApiDeath = resolve));
    this.tell = this.kept('tell worker', 'worker', { WORKER_ROLES: 'tell' });
    this.scaler = this.kept('scaler', 'scaler', {});
  }

  /** Starts everything at once. When one start fails the others are over too before this rejects. */
  async open(): Promise<void> {
    const starts = [this.openApi(), this.tell.open(), this.scaler.open()];
    const failed = (await Promise.allSettled(starts)).find((start) => start.status === 'rejected');
    if (failed !== undefined) throw failed.reason;
  }

  /** What takes requests and jobs goes first; the tell worker still records their ends. */
  async stopIntake(): Promise<void> {
    this.isClosing = true;
    await Promise.all([this.api?.stop(GRACE_MS), this.scaler.stop(GRACE_MS)]);
  }

  stopTelling(): Promise<void> {
    return this.tell.stop(GRACE_MS);
  }

  async kill(): Promise<void> {
    this.isClosing = true;
    await Promise.all([this.api?.kill(), this.tell.kill(), this.scaler.kill()]);
  }

  private async openApi(): Promise<void> {
    const api = await startProcess(this.process('API', 'api', { PORT: String(this.plan.port) }));
    this.api = api;
    void api.exited.then((exit) => {
      if (!this.isClosing) this.reportApiDeath(`The API ended by itself (${describeExit(exit)}).`);
    });
  }

  /** Several of them share a machine: each takes any free port. */
  private kept(name: string, app: 'worker' | 'scaler', environment: NodeJS.ProcessEnv): KeptProcess {
    const plan = this.process(name, app, { METRICS_PORT: '0', ...environment });
    return new KeptProcess(plan, this.plan.say);
  }

  private process(
    name: string,
    app: 'api' | 'worker' | 'scaler',
    environment: NodeJS.ProcessEnv,
  ): ProcessPlan {
    return {
      name,
      script: path.join(this.plan.root, 'apps', app, 'src/main.js'),
      env: { ...this.plan.environment, ...environment },
      inheritOutput: true,
      signal: this.plan.signal,
    };
  }
}
