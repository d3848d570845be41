import { undrainOf, victimsOf } from '../../apps/scaler/src/policy/victims.policy.js';
import type { SeenInstance } from '#common/contracts/scaling.js';
import type { Wish } from './scalers/scaler.js';
import { SimWorker } from './sim-worker.js';

export interface Steps {
  readonly up: number;
  readonly down: number;
}

/**
 * The workers of the pool. Makes the fleet as a wish has it, in the same way for every policy: cordoned workers are taken back before
 * new ones start; who leaves is chosen by the victims' rule of the scaler, finishes what it runs and is gone at the next tick.
 */
export class Fleet {
  /** All that are not gone. */
  workers: SimWorker[] = [];
  readonly gone: SimWorker[] = [];
  private born = 0;
  private turn = 0;

  constructor(
    private readonly slots: number,
    private readonly start: (worker: SimWorker) => void,
  ) {}

  add(nowS: number): SimWorker {
    const worker = new SimWorker(this.born, this.slots, nowS);
    this.born += 1;
    this.workers.push(worker);
    return worker;
  }

  numbered(number: number): SimWorker | undefined {
    return this.workers.find((worker) => worker.number === number);
  }

  count(...states: readonly SimWorker['state'][]): number {
    let count = 0;
    for (const { state } of this.workers) if (states.includes(state)) count += 1;
    return count;
  }

  get active(): number {
    let active = 0;
    for (const { jobs } of this.workers) active += jobs.size;
    return active;
  }

  /** Workers take turns, so that jobs are spread. */
  withRoom(): SimWorker | undefined {
    const { workers } = this;
    for (let step = 1; step <= workers.length; step += 1) {
      const at = (this.turn + step) % workers.length;
      if (workers[at]?.hasRoom !== true) continue;
      this.turn = at;
      return workers[at];
    }
    return undefined;
  }

  seen(epochMs: number): SeenInstance[] {
    return this.workers.map((worker) => worker.seen(epochMs));
  }

  removeDrained(nowS: number): void {
    for (const worker of this.workers)
      if (worker.state === 'cordoned' && worker.jobs.size === 0) this.remove(worker, nowS);
  }

  remove(worker: SimWorker, nowS: number): void {
    worker.state = 'gone';
    worker.goneS = nowS;
    this.workers = this.workers.filter((one) => one !== worker);
    this.gone.push(worker);
  }

  /** `mayStart` is false while starts are held back after workers that ended at their start. */
  follow(wish: Wish, nowS: number, mayStart: boolean): Steps {
    const missing = wish.desired - this.count('starting', 'ready');
    if (missing < 0) return { up: 0, down: this.drain(wish, -missing, nowS) };
    const back = (wish.undrain ?? undrainOf(this.seen(0), missing)).slice(0, missing);
    const returned = this.workers.filter(({ name }) => back.includes(name));
    for (const worker of returned) worker.state = 'ready';
    const fresh = mayStart ? missing - returned.length : 0;
    for (let count = 0; count < fresh; count += 1) this.start(this.add(nowS));
    return { up: returned.length + fresh, down: 0 };
  }

  private drain(wish: Wish, howMany: number, nowS: number): number {
    const victims = wish.victims ?? victimsOf(this.seen(0), howMany);
    const leaving = this.workers.filter(({ name }) => victims.includes(name));
    for (const worker of leaving) {
      if (worker.state === 'starting') this.remove(worker, nowS);
      else worker.state = 'cordoned';
    }
    return leaving.length;
  }
}
