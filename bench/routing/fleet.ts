import { createDice } from '../../apps/worker/src/backends/simulator/dice.js';
import { type Breaker, SharedBreaker } from './breaker.js';
import type { Scenario } from './scenario.js';
import { SimulatedBackend } from './simulated-backend.js';
import type { VirtualTime } from './virtual-time.js';

/** A backend, and what the workers share about it. */
export interface Member {
  readonly backend: SimulatedBackend;
  readonly breaker: Breaker;
  /** Calls open there, by worker. */
  readonly open: number[];
  /** The same, as it was told last. */
  told: readonly number[];
  /** Whether its circuit was closed when that was told last. */
  isClosed: boolean;
}

/** What is common to all workers. They do not see it as it is, but as it was told last. */
export class Fleet {
  readonly members: readonly Member[];

  constructor(
    readonly scenario: Scenario,
    readonly time: VirtualTime,
    seed: number,
  ) {
    const nobody = Array.from({ length: scenario.workers }, () => 0);
    this.members = scenario.backends.map((plan, at) => ({
      backend: new SimulatedBackend(plan, time, scenario),
      breaker: new SharedBreaker(time, createDice(seed, -1 - at)),
      open: [...nobody],
      told: nobody,
      isClosed: true,
    }));
    this.tellOfCalls();
    this.tellOfCircuits();
  }

  private tellOfCalls(): void {
    for (const member of this.members) member.told = [...member.open];
    this.time.in(this.scenario.activeEveryMs, () => this.tellOfCalls());
  }

  private tellOfCircuits(): void {
    for (const member of this.members) member.isClosed = member.breaker.availability() === 'closed';
    this.time.in(this.scenario.circuitsEveryMs, () => this.tellOfCircuits());
  }
}

/** All that are open there. The fleet's permits are counted exactly. */
export const openAt = ({ open }: Member): number => open.reduce((sum, calls) => sum + calls, 0);
