import { DriverTrouble } from '../driver.js';

/** Trouble with a cluster's API server. `status` is what it answered; null when it did not answer. */
export class ClusterTrouble extends DriverTrouble {
  constructor(
    sentence: string,
    readonly status: number | null,
    cause?: unknown,
  ) {
    super(sentence, { cause });
  }
}

const GONE = [404, 410];

/** Undefined instead of trouble about something that is not there any more. */
export function undefinedWhenGone(error: unknown): undefined {
  if (error instanceof ClusterTrouble && GONE.includes(error.status ?? 0)) return undefined;
  throw error;
}

export const isConflict = (error: unknown): boolean =>
  error instanceof ClusterTrouble && error.status === 409;
