/** One thing that was measured, and what it must be. */
export interface Finding {
  readonly what: string;
  readonly measured: string;
  readonly bound: string;
  readonly isMet: boolean;
}

export interface Surroundings {
  readonly seed: number;
  readonly signal: AbortSignal;
  /** Shows a line while it is measured. */
  readonly say: (line: string) => void;
}

/** One of the figures to hold: real processes, real stores, at the full size. */
export interface Figure {
  readonly name: string;
  readonly title: string;
  /** @throws whatever kept it from being measured. */
  measure(around: Surroundings): Promise<Finding[]>;
}

const seconds = (ms: number): string => `${(ms / 1_000).toFixed(1)} s`;
const inUnit = (ms: number): string =>
  Number.isNaN(ms) ? 'none' : ms < 1_000 ? `${Math.round(ms)} ms` : seconds(ms);

export const atMostMs = (what: string, ms: number, most: number): Finding => ({
  what,
  measured: inUnit(ms),
  bound: `≤ ${inUnit(most)}`,
  isMet: ms <= most,
});

export const exactly = (what: string, count: number, wanted: number): Finding => ({
  what,
  measured: String(count),
  bound: String(wanted),
  isMet: count === wanted,
});

export const atMost = (what: string, count: number, most: number): Finding => ({
  what,
  measured: String(count),
  bound: `≤ ${most}`,
  isMet: count <= most,
});

export const atLeastPart = (what: string, part: number, least: number): Finding => ({
  what,
  measured: `${(100 * part).toFixed(1)} %`,
  bound: `≥ ${Math.round(100 * least)} %`,
  isMet: part >= least,
});

/** What is told beside a figure and has no bound of its own. */
export const told = (what: string, measured: string): Finding => ({
  what,
  measured,
  bound: '–',
  isMet: true,
});
