import type { Redis } from 'ioredis';
import { LuaScript } from '../../libs/common/src/redis/lua-script.js';
import type { NaiveRule } from './naive-limits.js';

const script = new LuaScript(new URL('./play-rules.lua', import.meta.url));

export interface PlayedRule extends NaiveRule {
  readonly name: string;
  readonly cost: number;
  readonly shadow?: boolean;
}

/** Time is in microseconds. */
export interface Try {
  readonly at: number;
  /** How long before `retry` it is asked whether the rule was open already. */
  readonly slack: number;
  readonly rules: readonly PlayedRule[];
}

/** Settles one of the spends that are open (`pick`, modulo their number), `used` percent of which were used. */
export interface Settle {
  readonly pick: number;
  readonly used: number;
}

export interface Seen {
  readonly fits: boolean;
  readonly remaining: number;
  readonly reset: number;
  readonly retry: number;
  readonly fitsAtRetry: boolean;
  readonly fitsBefore: boolean;
  readonly remainingAfter: number;
  readonly resetAfter: number;
}

export interface Played {
  readonly admitted: boolean;
  readonly ttlMs: number;
  readonly seen: readonly Seen[];
}

/** What the tries of a run were answered, in their order. */
export async function playRules(redis: Redis, steps: readonly (Try | Settle)[]): Promise<Played[]> {
  await redis.del('played');
  return ((await script.run(redis, ['played'], [JSON.stringify(steps)])) as string[]).map(parse);
}

function parse(line: string): Played {
  const [[admitted = 0, ttlMs = 0] = [], ...rules] = line
    .split('|')
    .map((part) => part.split(' ').map(Number));
  return { admitted: admitted === 1, ttlMs, seen: rules.map(seen) };
}

function seen(numbers: readonly number[]): Seen {
  const at = (index: number): number => numbers[index] ?? Number.NaN;
  return {
    fits: at(0) === 1,
    remaining: at(1),
    reset: at(2),
    retry: at(3),
    fitsAtRetry: at(4) === 1,
    fitsBefore: at(5) === 1,
    remainingAfter: at(6),
    resetAfter: at(7),
  };
}
