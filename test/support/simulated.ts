import { afterEach, beforeEach, expect, jest } from '@jest/globals';
import type { CallOutcome } from '../../apps/worker/src/backends/backend.js';
import { createProfiles, type ProfileOverrides } from '../../apps/worker/src/backends/simulator/profiles.js';
import { SimulatorBackend } from '../../apps/worker/src/backends/simulator/simulator.backend.js';
import type { GenerationTask } from '../../libs/common/src/contracts/generation.js';
import { taskOf } from './task.js';

export const simulator = (seed = 1, overrides: ProfileOverrides = {}) =>
  new SimulatorBackend({ id: 'simulator', seed, profileOf: createProfiles(overrides) });

export const task = (model: string, change: Partial<GenerationTask> = {}): GenerationTask =>
  taskOf({ model, max_tokens: 150, ...change });

export const never = (): AbortSignal => new AbortController().signal;

export const silent = (): void => undefined;

export const settled = async (call: Promise<CallOutcome>): Promise<CallOutcome> => {
  await jest.runAllTimersAsync();
  return call;
};

/** Time is the test's; a call leaves no timer behind. */
export function withoutTimers(): void {
  beforeEach(() => {
    jest.useFakeTimers();
  });
  afterEach(() => {
    expect(jest.getTimerCount()).toBe(0);
    jest.useRealTimers();
  });
}
