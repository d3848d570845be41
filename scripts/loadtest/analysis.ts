import type { Answered } from './client.js';
import { balanceScore, type Spread, spreadOf } from './statistics.js';

export interface Share {
  readonly name: string;
  readonly requests: number;
  readonly averageMs: number;
}

export interface Distribution {
  /** From the largest share to the smallest. */
  readonly shares: readonly Share[];
  /** In percent. */
  readonly balance: number;
}

export interface Analysis {
  readonly total: number;
  readonly succeeded: number;
  /** In percent. */
  readonly successRate: number;
  /** Of the requests that succeeded, in milliseconds. */
  readonly times: Spread;
  readonly perSecond: number;
  readonly workers: Distribution;
  readonly backends: Distribution;
  /** How many requests failed with each code. */
  readonly errors: ReadonlyMap<string, number>;
}

type Generated = Extract<Answered, { kind: 'generated' }>;

export function analyse(answers: readonly Answered[], elapsedMs: number): Analysis {
  const generated = answers.filter((answer) => answer.kind === 'generated');
  const errors = new Map<string, number>();
  for (const answer of answers)
    if (answer.kind === 'failed') errors.set(answer.code, (errors.get(answer.code) ?? 0) + 1);
  return {
    total: answers.length,
    succeeded: generated.length,
    successRate: answers.length === 0 ? 0 : (generated.length / answers.length) * 100,
    times: spreadOf(generated.map(({ ms }) => ms)),
    perSecond: elapsedMs === 0 ? 0 : (generated.length / elapsedMs) * 1_000,
    workers: distribution(generated, ({ workerId }) => workerId),
    backends: distribution(generated, ({ backendId }) => backendId),
    errors,
  };
}

function distribution(answers: readonly Generated[], nameOf: (answer: Generated) => string): Distribution {
  const times = new Map<string, number[]>();
  for (const answer of answers) times.set(nameOf(answer), [...(times.get(nameOf(answer)) ?? []), answer.ms]);
  const shares = [...times]
    .map(([name, own]) => ({ name, requests: own.length, averageMs: spreadOf(own).average }))
    .sort((left, right) => right.requests - left.requests);
  return { shares, balance: balanceScore(shares.map(({ requests }) => requests)) };
}
