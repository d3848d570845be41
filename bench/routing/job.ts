import { createDice, type Dice, normalDeviate } from '../../apps/worker/src/backends/simulator/dice.js';
import type { Scenario } from './scenario.js';

export interface Job {
  readonly arrivedMs: number;
  readonly key: string;
  /** How long its attempts take, in deviations of the logarithm from the median: the same under every strategy. */
  readonly deviates: readonly number[];
  /** What is decided by chance while it runs. */
  readonly dice: Dice;
}

/** Jobs arrive as a Poisson process: the times between them are exponential. */
export function* jobsOf(scenario: Scenario, perSecond: number, seed: number): Generator<Job> {
  let arrivedMs = 0;
  for (let number = 0; ; number += 1) {
    const dice = createDice(seed, number);
    arrivedMs += (-1_000 * Math.log(1 - dice())) / perSecond;
    if (arrivedMs >= scenario.seconds * 1_000) return;
    const key = `conversation-${Math.floor(dice() * scenario.conversations)}`;
    const deviates = Array.from({ length: scenario.attemptsMax }, () => normalDeviate(dice));
    yield { arrivedMs, key, deviates, dice };
  }
}
