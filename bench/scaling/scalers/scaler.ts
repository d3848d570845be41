import type { PoolReading } from '../../../apps/scaler/src/policy/scaling.js';

export interface Wish {
  /** Workers that may take jobs. */
  readonly desired: number;
  /** Who leaves and who comes back; by the rule for all when it says nothing. */
  readonly victims?: readonly string[];
  readonly undrain?: readonly string[];
}

/** A rule for the number of workers, asked every tick. What it remembers is its own; one of it serves one run. */
export interface Scaler {
  /** Whether a job that arrives while there are no workers makes an extra tick at once. */
  readonly isWoken: boolean;
  desire(reading: PoolReading): Wish;
}

export interface Terms {
  readonly slots: number;
  readonly min: number;
  readonly max: number;
  readonly tickS: number;
  readonly coldStartS: number;
  readonly objectiveS: number;
}

/** Workers that take jobs or will; null when the driver cannot tell. */
export function currentOf({ instances }: PoolReading): number | null {
  if (instances === null) return null;
  return instances.filter(({ state }) => state === 'starting' || state === 'ready').length;
}

export const readyOf = ({ instances }: PoolReading): number =>
  instances?.filter(({ state }) => state === 'ready').length ?? 0;

/** Jobs that wait or run; null when it cannot be read. */
export const concurrencyOf = ({ queue }: PoolReading): number | null =>
  queue === null ? null : queue.ready + queue.active;

export const within = ({ min, max }: Terms, workers: number): number => Math.min(max, Math.max(min, workers));
