import type { BackendHealth } from '#common/contracts/backend-health.js';
import { judgeCheck } from '../../apps/worker/src/backends/health/health.policy.js';
import { createDice } from '../../apps/worker/src/backends/simulator/dice.js';
import type { Scenario } from './scenario.js';
import { SharedCircuit } from './shared-circuit.js';
import { SimulatedBackend } from './simulated-backend.js';
import type { VirtualTime } from './virtual-time.js';

/** A backend, and what the workers share about it. */
export interface Member {
  readonly backend: SimulatedBackend;
  readonly circuit: SharedCircuit;
  /** Calls open there, by worker. */
  readonly open: number[];
  /** The same, as it was told last. */
  told: readonly number[];
  /** Whether its circuit was closed when that was told last. */
  isClosed: boolean;
  /** What health checks found so far. */
  health: BackendHealth | null;
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
      circuit: new SharedCircuit(time, createDice(seed, -1 - at)),
      open: [...nobody],
      told: nobody,
      isClosed: true,
      health: null,
    }));
    this.tellOfCalls();
    this.tellOfCircuits();
    // Not at the very moment of the return.
    time.in(0.7 * scenario.healthEveryMs, () => this.lookAtHealth());
  }

  private tellOfCalls(): void {
    for (const member of this.members) member.told = [...member.open];
    this.time.in(this.scenario.activeEveryMs, () => this.tellOfCalls());
  }

  private tellOfCircuits(): void {
    for (const member of this.members) member.isClosed = member.circuit.availability() === 'closed';
    this.time.in(this.scenario.circuitsEveryMs, () => this.tellOfCircuits());
  }

  /** As one worker of the fleet does it for all, by the policy that it decides with. */
  private lookAtHealth(): void {
    for (const member of this.members) {
      const isWell = !member.backend.isDead;
      member.health = judgeCheck(member.health, { isWell, models: [] }, this.time.nowMs);
      if (isWell) member.circuit.hurry();
    }
    this.time.in(this.scenario.healthEveryMs, () => this.lookAtHealth());
  }
}

/** All that are open there. The fleet's permits are counted exactly. */
export const openAt = ({ open }: Member): number => open.reduce((sum, calls) => sum + calls, 0);
