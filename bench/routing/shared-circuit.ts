import {
  availability,
  claimProbe,
  HEALTHY,
  hurry,
  observe,
  type Report,
  sliceOf,
} from '../../apps/worker/src/backends/circuits/circuit.policy.js';
import type { Dice } from '../../apps/worker/src/backends/simulator/dice.js';
import type { CircuitState } from '#common/contracts/circuit.js';
import type { VirtualTime } from './virtual-time.js';

/** The circuit of one backend, by the policy that real workers decide with. All failures are connection errors here. */
export class SharedCircuit {
  private state: CircuitState = HEALTHY;
  private probes = 0;

  constructor(
    private readonly time: VirtualTime,
    private readonly dice: Dice,
  ) {}

  availability(): 'closed' | 'due' | 'open' {
    const now = availability(this.state, this.time.nowMs);
    return typeof now === 'string' ? now : 'open';
  }

  /** Whether the caller is the one who may find out if the backend is back. */
  claimProbe(): boolean {
    const claimed = claimProbe(this.state, String(this.probes + 1), this.time.nowMs);
    if (claimed === null) return false;
    this.probes += 1;
    this.state = claimed;
    return true;
  }

  report(isSuccess: boolean, isProbe: boolean): void {
    const { nowMs } = this.time;
    this.state = observe(this.state, this.reportOf(isSuccess, isProbe), nowMs, this.dice());
  }

  /** A health check found the backend alive. */
  hurry(): void {
    this.state = hurry(this.state, this.time.nowMs);
  }

  private reportOf(isSuccess: boolean, isProbe: boolean): Report {
    const at = sliceOf(this.time.nowMs);
    if (isProbe)
      return { kind: 'probed', at, by: String(this.probes), result: isSuccess ? 'alive' : 'failed' };
    if (isSuccess) return { kind: 'succeeded', at, count: 1 };
    return { kind: 'failed', at, count: 1, isConnection: true };
  }
}
