import { balanceScore } from './statistics.js';

export interface Share {
  readonly name: string;
  readonly requests: number;
  readonly averageMs: number;
}

const NAMES_MAX = 500;
const OTHERS = 'others';

/** Who worked on how many requests, and how long they took on average. */
export class Shares {
  private readonly sums = new Map<string, { requests: number; ms: number }>();

  add(name: string, ms: number): void {
    const known = this.sums.has(name) || this.sums.size < NAMES_MAX ? name : OTHERS;
    const sum = this.sums.get(known) ?? { requests: 0, ms: 0 };
    sum.requests += 1;
    sum.ms += ms;
    this.sums.set(known, sum);
  }

  /** From the largest share to the smallest. */
  sorted(): Share[] {
    return [...this.sums]
      .map(([name, { requests, ms }]) => ({ name, requests, averageMs: ms / requests }))
      .sort((left, right) => right.requests - left.requests);
  }

  /** In percent. */
  get balance(): number {
    return balanceScore([...this.sums.values()].map(({ requests }) => requests));
  }
}
