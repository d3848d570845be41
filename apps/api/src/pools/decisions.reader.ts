import type { Redis } from 'ioredis';
import { jsonOf } from '#common/contracts/json-of.js';
import { scalingReport } from '#common/contracts/scaling.js';
import { keys } from '#common/redis/keys.js';
import { explainDecision } from '#common/scaling/explain.policy.js';
import type { DecisionPage, DecisionsQuery } from './pools.schema.js';

/** The stream is of all pools: so many entries are read at once, and so many in all, before the caller has to ask again. */
const READ_AT_ONCE = 100;
const READ_MAX = 1_000;

const reportText = jsonOf(scalingReport);

export type FoundDecision = DecisionPage['decisions'][number];

/** What scalers have decided, newest first, as far back as the stream goes. */
export class DecisionsReader {
  constructor(private readonly redis: Redis) {}

  async newest(pool: string, { limit, before }: DecisionsQuery): Promise<DecisionPage> {
    const decisions: FoundDecision[] = [];
    let last = before;
    for (let read = 0; read < READ_MAX; read += READ_AT_ONCE) {
      const end = last === undefined ? '+' : `(${last}`;
      const entries = await this.redis.xrevrange(keys.scalerDecisions, end, '-', 'COUNT', READ_AT_ONCE);
      for (const [id, flat] of entries) {
        if (fieldIn(flat, 'pool') === pool) decisions.push(...decisionIn(id, flat));
        last = id;
        if (decisions.length === limit) return { decisions, next_before: id };
      }
      if (entries.length < READ_AT_ONCE) return { decisions, next_before: null };
    }
    return { decisions, next_before: last ?? null };
  }

  /** Of all pools, newest first: those after the entry of that id, or the newest there are. One round trip. */
  async after(id: string | null, atMost: number): Promise<FoundDecision[]> {
    const start = id === null ? '-' : `(${id}`;
    const entries = await this.redis.xrevrange(keys.scalerDecisions, '+', start, 'COUNT', atMost);
    return entries.flatMap(([found, flat]) => decisionIn(found, flat));
  }
}

const fieldIn = (flat: readonly string[], name: string): string | undefined =>
  flat.find((_, at) => at % 2 === 1 && flat[at - 1] === name);

/** None where the entry is of a release that says what this one cannot read. */
function decisionIn(id: string, flat: readonly string[]): FoundDecision[] {
  const { data } = reportText.safeParse(fieldIn(flat, 'report'));
  return data === undefined ? [] : [{ id, ...explainDecision(data) }];
}
