import type { SeenInstance } from '#common/contracts/scaling.js';

/** A simulated worker. It costs from its start until it is gone. */
export class SimWorker {
  state: SeenInstance['state'] | 'gone' = 'starting';
  goneS = Infinity;
  readonly jobs = new Set<number>();

  constructor(
    readonly number: number,
    readonly slots: number,
    readonly bornS: number,
  ) {}

  get name(): string {
    return `w${this.number}`;
  }

  get hasRoom(): boolean {
    return this.state === 'ready' && this.jobs.size < this.slots;
  }

  seen(epochMs: number): SeenInstance {
    return {
      name: this.name,
      worker_id: this.state === 'starting' ? null : this.name,
      state: this.state === 'gone' ? 'draining' : this.state,
      slots: this.slots,
      active: this.jobs.size,
      born_ms: epochMs + Math.round(this.bornS * 1_000),
      is_outdated: false,
    };
  }
}
