import type { ScalingOrder } from '#common/contracts/scaling.js';
import type { WorkerPresence } from '#common/contracts/worker-presence.js';
import type { PoolReading } from '../policy/scaling.js';

/** What Redis says of a pool at one moment. */
export interface PoolSights extends Pick<
  PoolReading,
  'now_ms' | 'queue' | 'arrivals' | 'service' | 'response_s' | 'backends'
> {
  /** Of the workers that generate for this pool, whatever state they are in. */
  readonly presences: readonly WorkerPresence[];
}

/** What a pool's scaler asks about the world besides its driver. Each rejects, or answers null, for unknown. */
export interface Senses {
  readonly reader: { read(pool: string, leadS: number): Promise<PoolSights> };
  readonly orders: { list(pool: string, nowMs: number): Promise<readonly ScalingOrder[]> };
  readonly forecasts: { of(pool: string, leadS: number, nowMs: number): PoolReading['forecast'] };
  readonly schedules: { floorOf(pool: string, nowMs: number): number };
}
