import type {
  Decide,
  PoolReading,
  ScalingConfig,
  ScalingMemory,
} from '../../../apps/scaler/src/policy/scaling.js';
import type { Scaler, Wish } from './scaler.js';

/** The scaler's own policies: the same function that decides in operation. */
export class Decided implements Scaler {
  readonly isWoken = true;
  private memory: ScalingMemory = {};

  constructor(
    private readonly decide: Decide,
    private readonly config: ScalingConfig,
  ) {}

  desire(reading: PoolReading): Wish {
    const { decision, memory } = this.decide(reading, this.memory, this.config);
    this.memory = memory;
    return { desired: decision.desired, victims: decision.victims, undrain: decision.undrain };
  }
}
