import path from 'node:path';
import { describeExit } from './child-end.js';
import { KeptProcess } from './kept-process.js';
import { type LocalProcess, type ProcessPlan, startProcess } from './process.js';

/** A little more than a worker takes to finish what it is working on. */
/** Longer than a process takes at most to stop by itself. */
const GRACE_MS = 42_000;

export interface FleetPlan {
  /** The directory that holds apps/. */
  readonly root: string;
  readonly port: number;
  readonly workers: number;
  readonly environment: NodeJS.ProcessEnv;
  /** Ends a start that is under way. */
  readonly signal: AbortSignal;
  readonly say: (line: string) => void;
}

/** The API and its workers. Workers that end are started again; the end of the API is the end of the whole. */
export class Fleet {
  api: LocalProcess | null = null;
  /** Settles with a sentence when the API has ended by itself. */
  readonly apiDied: Promise<string>;
  readonly tell: KeptProcess;
  readonly generate: readonly KeptProcess[];
  private isClosing = false;
  private reportApiDeath: (sentence: string) => void = () => undefined;

  constructor(private readonly plan: FleetPlan) {
    this.apiDied = new Promise((resolve) => (this.reportApiDeath = resolve));
    this.tell = this.worker('tell worker', 'tell');
    this.generate = Array.from({ length: plan.workers }, (_, index) =>
      this.worker(`generate worker ${index + 1}`, 'generate'),
    );
  }

  /** Starts everything at once. When one start fails the others are over too before this rejects. */
  async open(): Promise<void> {
    const starts = [this.openApi(), this.tell.open(), ...this.generate.map((worker) => worker.open())];
    const failed = (await Promise.allSettled(starts)).find((start) => start.status === 'rejected');
    if (failed !== undefined) throw failed.reason;
  }

  /** What takes requests and jobs goes first; the tell worker still records their ends. */
  async stopIntake(): Promise<void> {
    this.isClosing = true;
    await Promise.all([this.api?.stop(GRACE_MS), ...this.generate.map((worker) => worker.stop(GRACE_MS))]);
  }

  stopTelling(): Promise<void> {
    return this.tell.stop(GRACE_MS);
  }

  async kill(): Promise<void> {
    this.isClosing = true;
    await Promise.all([this.api?.kill(), this.tell.kill(), ...this.generate.map((worker) => worker.kill())]);
  }

  private async openApi(): Promise<void> {
    const api = await startProcess(this.process('API', 'api', { PORT: String(this.plan.port) }));
    this.api = api;
    void api.exited.then((exit) => {
      if (!this.isClosing) this.reportApiDeath(`The API ended by itself (${describeExit(exit)}).`);
    });
  }

  private worker(name: string, role: 'tell' | 'generate'): KeptProcess {
    const environment = { WORKER_ROLES: role, METRICS_PORT: '0' };
    return new KeptProcess(this.process(name, 'worker', environment), this.plan.say);
  }

  private process(name: string, app: 'api' | 'worker', environment: NodeJS.ProcessEnv): ProcessPlan {
    return {
      name,
      script: path.join(this.plan.root, 'apps', app, 'src/main.js'),
      env: { ...this.plan.environment, ...environment },
      inheritOutput: true,
      signal: this.plan.signal,
    };
  }
}
