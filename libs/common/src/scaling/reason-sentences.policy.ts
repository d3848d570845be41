import type { ScalingReason } from '#common/contracts/scaling.js';

/** What each step of a decision says; `#` stands for its number of workers. A spec compares the codes with the policies'. */
export const SENTENCES: Readonly<Record<string, string>> = {
  // What is needed.
  steady: 'The steady load needs #',
  backlog: 'What waits, and what will wait until a new worker is ready, needs #',
  depth: 'The waiting jobs need #',
  busy: 'The running jobs need #',
  waits_too_long: 'The next job has waited too long, which needs #',
  threshold_high: 'Two of processor, memory and response time are high, which makes it #',
  threshold_low: 'Processor, memory and response time are all low, which makes it #',
  threshold_between: 'Processor, memory and response time are neither high nor low, which leaves #',
  // Below what it does not go.
  forecast: 'The trusted forecast keeps at least #',
  schedule: 'A schedule keeps at least #',
  order_floor: 'An order keeps at least #',
  min: 'The pool has at least #',
  not_idle: 'Something happened within the idle time, which keeps at least #',
  foreseen: 'Work is foreseen, which keeps at least #',
  stale: 'Something is unknown or old, and nobody leaves then: at least #',
  surge: 'A surge is under way, and nobody leaves: at least #',
  guard_keeps: 'Backends fail, and nobody leaves yet: at least #',
  settling: 'The load is not known for long enough for anybody to leave: at least #',
  down_window: 'The greatest need of the down-window keeps at least #',
  rest: 'Workers leave once in a down-window: at least #',
  on_their_way: 'The workers that were ordered last are on their way: at most #',
  one_at_a_time: 'Only one leaves at a time: at least #',
  cooldown: 'The last step was not long ago, which keeps #',
  up_only: 'The mode up-only lets nobody leave: at least #',
  // Above what it does not go.
  backend_connections: 'The backends take no more calls at once: at most #',
  order_ceiling: 'An order allows at most #',
  budget: 'The budget of all pools leaves at most #',
  max: 'The pool has at most #',
  guard: 'Backends fail, and more workers would not help: at most #',
  guard_shrinks: 'Backends have failed for five minutes: at most #',
  errors: 'Too many calls of backends fail for anybody to be added: at most #',
  up_limit: 'Only so many are added within 15 s: at most #',
  // What stands in the place of all else.
  order_fixed: 'An order makes it #',
  order_pause: 'An order pauses the scaler at #',
  blind: 'Nothing could be read for ten ticks, which makes it #',
  instances_unknown:
    'The platform does not say which workers there are, so nothing changes; wanted before: #',
};

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
  const numbers = Object.entries(facts).map(([name, fact]) => factText(name, fact));
  return numbers.length === 0 ? `${sentence}.` : `${sentence} (${numbers.join(', ')}).`;
}

function factText(name: string, fact: ScalingReason['facts'][string]): string {
  if (fact === null) return `${name} unknown`;
  if (typeof fact === 'number' && name === 'until_ms') return `until ${new Date(fact).toISOString()}`;
  return `${name} ${typeof fact === 'number' ? Number(fact.toPrecision(4)) : String(fact)}`;
}
