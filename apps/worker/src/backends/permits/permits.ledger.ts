import type { Redis } from 'ioredis';
import { z } from 'zod';
import { keys } from '#common/redis/keys.js';
import { LuaScript } from '#common/redis/lua-script.js';

const leaseScript = new LuaScript(new URL('./lease-permits.lua', import.meta.url));

const CONTENDED_MS = 5_000;
/** Who waits asks again sooner. */
const WAITING_MS = 500;
/** With renewals each second, several of them in a row. */
const SILENCE_MS_MAX = 3_000;

export interface Ask {
  readonly backend: string;
  /** Calls of the whole fleet. */
  readonly max: number;
  readonly open: number;
  /** What the worker may have open before it hears the answer. */
  readonly floor: number;
  readonly need: number;
  /** What it would like to hold. */
  readonly want: number;
}

export interface Grant {
  readonly granted: number;
  readonly isContended: boolean;
  readonly othersOpen: number;
}

const grants = z.array(
  z.tuple([z.number(), z.number(), z.number()]).transform(([granted, contended, othersOpen]): Grant => {
    return { granted, isContended: contended === 1, othersOpen };
  }),
);

/** The only code that writes permits. */
export class PermitsLedger {
  /** `redis` is a fail-fast connection. `leaseMs`: so long after its last word a worker's permits are free. */
  constructor(
    private readonly redis: Redis,
    private readonly workerId: string,
    private readonly leaseMs: number,
  ) {}

  /** One grant for each ask, in their order. */
  async lease(asks: readonly Ask[]): Promise<Grant[]> {
    const reply = await leaseScript.run(
      this.redis,
      asks.map(({ backend }) => keys.backendPermits(backend)),
      [
        this.workerId,
        this.leaseMs,
        CONTENDED_MS,
        WAITING_MS,
        SILENCE_MS_MAX,
        ...asks.flatMap(({ max, open, floor, need, want }) => [max, open, floor, need, want]),
      ],
    );
    return grants.length(asks.length).parse(reply);
  }
}
