import type { BackendPlan, Scenario } from './scenario.js';
import type { VirtualTime } from './virtual-time.js';

export type Answered = 'completed' | 'refused-connection';

interface Call {
  readonly workMs: number;
  readonly onEnd: (answered: Answered) => void;
  hasEnded: boolean;
}

/** Works on so many calls at once; others wait in line. While it is dead it refuses connections and loses those it had. */
export class SimulatedBackend {
  private readonly working = new Set<Call>();
  private readonly waiting = new Set<Call>();
  isDead = false;

  constructor(
    readonly plan: BackendPlan,
    private readonly time: VirtualTime,
    private readonly scenario: Scenario,
  ) {
    const { id, fromMs, untilMs } = scenario.death;
    if (id !== plan.id) return;
    time.in(fromMs, () => this.die());
    time.in(untilMs, () => (this.isDead = false));
  }

  /** Calls it has, worked on or waiting. */
  get open(): number {
    return this.working.size + this.waiting.size;
  }

  /** A call whose length lies so many standard deviations of the logarithm above the median. Answers what takes it back. */
  call(deviate: number, onEnd: (answered: Answered) => void): () => void {
    const { medianMs, sigma } = this.plan;
    const call: Call = { workMs: medianMs * Math.exp(sigma * deviate), onEnd, hasEnded: false };
    if (this.isDead) this.time.in(this.scenario.refusalMs, () => this.end(call, 'refused-connection'));
    else {
      this.waiting.add(call);
      this.work();
    }
    return () => this.leave(call);
  }

  private work(): void {
    for (const call of this.waiting) {
      if (this.working.size >= this.plan.slots) return;
      this.waiting.delete(call);
      this.working.add(call);
      this.time.in(call.workMs, () => this.end(call, 'completed'));
    }
  }

  private die(): void {
    this.isDead = true;
    for (const call of [...this.working, ...this.waiting]) this.end(call, 'refused-connection');
  }

  private end(call: Call, answered: Answered): void {
    if (call.hasEnded) return;
    this.leave(call);
    call.onEnd(answered);
  }

  private leave(call: Call): void {
    call.hasEnded = true;
    this.waiting.delete(call);
    this.working.delete(call);
    if (!this.isDead) this.work();
  }
}
