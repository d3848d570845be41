import type { ScalingReason } from '#common/contracts/scaling.js';

/** What each step of a decision says. `#` stands for its number of workers, with the word. */
const SENTENCES: Readonly<Record<string, string>> = {};

const RULES: Readonly<Record<ScalingReason['rule'], (code: string) => string>> = {
  need: (code) => `${code} needs #`,
  floor: (code) => `${code} keeps at least #`,
  ceiling: (code) => `${code} allows at most #`,
  set: (code) => `${code} makes it #`,
};

export const countOf = (workers: number): string => (workers === 1 ? '1 worker' : `${workers} workers`);

/** One sentence with the numbers behind it. A code of another release is named as it is. */
export function sentenceOf({ code, rule, value, facts }: ScalingReason): string {
  const words = Object.hasOwn(SENTENCES, code) ? SENTENCES[code] : undefined;
  const sentence = (words ?? RULES[rule](code)).replace('#', countOf(value));
  const numbers = Object.entries(facts).map(([name, fact]) => `${name} ${factText(fact)}`);
  return numbers.length === 0 ? `${sentence}.` : `${sentence} (${numbers.join(', ')}).`;
}

function factText(fact: ScalingReason['facts'][string]): string {
  if (fact === null) return 'unknown';
  return typeof fact === 'number' ? String(Number(fact.toPrecision(4))) : String(fact);
}
