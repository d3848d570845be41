import { FieldColorModeId, MappingType, SpecialValueMatch, ThresholdsMode } from '@grafana/schema';
import type { ThresholdsConfig, ValueMapping } from '@grafana/schema';

/** What each colour says, on every dashboard. Grey: nobody knows; it is never green. */
export const GREEN = 'green';
export const AMBER = 'orange';
export const RED = 'red';
export const BLUE = 'blue';
export const GREY = '#808080';

/** Series that mean the same have the same colour wherever they are; all others take theirs from their name. */
const MEANINGS: Readonly<Record<string, string>> = {
  // What became of it.
  success: GREEN,
  completed: GREEN,
  delivered: GREEN,
  written: GREEN,
  done: GREEN,
  'refused to callers': AMBER,
  throttled: AMBER,
  postponed: AMBER,
  expired: AMBER,
  duplicate: BLUE,
  failed: RED,
  failing: RED,
  unavailable: RED,
  dead: RED,
  rejected: RED,
  // Where it is.
  queued: BLUE,
  ready: GREEN,
  active: GREEN,
  deferred: AMBER,
  delayed: AMBER,
  starting: 'light-blue',
  cordoned: 'yellow',
  draining: AMBER,
  wanted: 'purple',
  // How long it took.
  p50: BLUE,
  p95: AMBER,
  p99: RED,
  promise: RED,
  // Which way.
  input: BLUE,
  output: 'purple',
  up: GREEN,
  down: BLUE,
  hold: GREY,
};

export interface Override {
  matcher: { id: string; options: unknown };
  properties: { id: string; value?: unknown }[];
}

/** Properties of one series or column alone. */
export const onlyFor = (name: string, properties: Record<string, unknown>): Override => ({
  matcher: { id: 'byName', options: name },
  properties: Object.entries(properties).map(([id, value]) => ({ id, value })),
});

/** The colours of those of the names that mean something everywhere. */
export const meanings = (names: readonly string[]): Override[] =>
  names.flatMap((name) => {
    const colour = MEANINGS[name];
    if (colour === undefined) return [];
    return [onlyFor(name, { color: { mode: FieldColorModeId.Fixed, fixedColor: colour } })];
  });

/** Green, from `amber` on amber, from `red` on red. What is unknown lies below zero. */
export const atMost = (amber: number, red: number): ThresholdsConfig => ({
  mode: ThresholdsMode.Absolute,
  steps: [
    { color: GREY, value: null },
    { color: GREEN, value: 0 },
    { color: AMBER, value: amber },
    { color: RED, value: red },
  ],
});

/** Red below `red`, amber below `green`. */
export const atLeast = (red: number, green: number): ThresholdsConfig => ({
  mode: ThresholdsMode.Absolute,
  steps: [
    { color: GREY, value: null },
    { color: RED, value: 0 },
    { color: AMBER, value: red },
    { color: GREEN, value: green },
  ],
});

/** A number that is neither good nor bad. */
export const neutral: ThresholdsConfig = {
  mode: ThresholdsMode.Absolute,
  steps: [{ color: BLUE, value: null }],
};

/** What stands in the place of a number that cannot be known. */
export const unknownAs = (text: string): ValueMapping => ({
  type: MappingType.SpecialValue,
  options: { match: SpecialValueMatch.NullAndNan, result: { text, color: GREY, index: 0 } },
});

/** Words in the place of numbers. */
export const words = (of: Readonly<Record<number, { text: string; color: string }>>): ValueMapping => ({
  type: MappingType.ValueToText,
  options: Object.fromEntries(
    Object.entries(of).map(([value, result], index) => [value, { ...result, index: index + 1 }]),
  ),
});
