import { setTimeout as pause } from 'node:timers/promises';
import type { Caller } from './caller.js';
import { type MixOptions, planRequest } from './request-plan.js';

const IN_FLIGHT_MAX = 400;
const BUSY_MS = 20;

export interface LoadOptions extends MixOptions {
  readonly perSecond: number;
  /** Whether enough has been sent. */
  readonly isEnough: () => boolean;
}

/** Sends request after request at a steady rate, however long answers take; settles when all are answered. */
export async function runLoad(caller: Caller, options: LoadOptions, over: AbortSignal): Promise<number> {
  const inFlight = new Set<Promise<void>>();
  const began = performance.now();
  let number = 0;
  while (!options.isEnough() && !over.aborted) {
    const dueMs = (number / options.perSecond) * 1_000 - (performance.now() - began);
    if (dueMs > 0) await pause(dueMs);
    if (inFlight.size >= IN_FLIGHT_MAX) {
      await pause(BUSY_MS);
      continue;
    }
    const request = caller.perform(planRequest(options, number));
    const left = request.finally(() => inFlight.delete(left));
    inFlight.add(left);
    number += 1;
  }
  await Promise.all(inFlight);
  return number;
}
