import type { Decide } from '../../apps/scaler/src/policy/scaling.js';
import { LaunchError, messageOf } from '#scripts/local/launch-error.js';
import type { ToldDecision } from './told-decisions.parser.js';

export interface Comparison {
  readonly same: number;
  readonly all: number;
  /** The first that came out another, byte for byte. */
  readonly differs: { readonly line: number; readonly then: string; readonly now: string } | null;
}

/** @throws LaunchError when a decision cannot be made again. */
export function decideAgain(decisions: readonly ToldDecision[], decide: Decide): Comparison {
  const again = decisions.map((told) => ({ ...told, now: decideOnce(told, decide) }));
  const different = again.filter(({ text, now }) => text !== now);
  const [first] = different;
  return {
    same: again.length - different.length,
    all: again.length,
    differs: first === undefined ? null : { line: first.line, then: first.text, now: first.now },
  };
}

function decideOnce({ line, reading, memory, config }: ToldDecision, decide: Decide): string {
  try {
    return JSON.stringify(decide(reading, memory, config).decision);
  } catch (error) {
    throw new LaunchError(
      `Line ${line} cannot be decided again: ${messageOf(error)}. Was it exported by another release?`,
    );
  }
}

export function comparisonLines({ same, all, differs }: Comparison): string {
  const sentence = `${same} of ${all} decisions came out the same, byte for byte.`;
  if (differs === null) return sentence;
  return `${sentence}\nThe first that differs is on line ${differs.line}:\n  then ${differs.then}\n  now  ${differs.now}`;
}
