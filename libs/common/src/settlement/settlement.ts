import type { Redis } from 'ioredis';
import { z } from 'zod';
import type { FinalStatus } from '#common/contracts/job-status.js';
import { STREAM_KEPT_MS } from '#common/contracts/job-stream.js';
import type { Outcome } from '#common/contracts/outcome.js';
import { NANO_PER_USD } from '#common/contracts/price.js';
import { channels, keys } from '#common/redis/keys.js';
import { LuaScript } from '#common/redis/lua-script.js';
import { Reply } from '#common/redis/reply.js';

const script = new LuaScript(new URL('./settle.lua', import.meta.url));

/** Largest outcome that travels with the wake-up; a larger one is read from the job record. */
const WAKE_UP_BYTES_MAX = 64 * 1024;

export interface JobRef {
  readonly id: string;
  readonly tenant: string;
  readonly pool: string;
}

export interface Ending {
  readonly status: FinalStatus;
  readonly outcome: Outcome;
  /** The worker that settles; absent when the edge or the sweeper does. */
  readonly by?: string;
  /** Nothing was done for the caller, who may ask again: all quota is given back and the idempotency key is free. */
  readonly isVoid?: true;
  /** Another request under the same idempotency key may have been told of the job: then it goes on. */
  readonly unlessReplayed?: true;
}

/** `replayed`: left alone, because of `unlessReplayed`. `unknown`: there is no record of this job, because it was never accepted or its retention has passed. */
export type Settled =
  | { readonly kind: 'settled'; readonly atMs: number; readonly wasRunning: boolean }
  | { readonly kind: 'already'; readonly status: FinalStatus }
  | { readonly kind: 'replayed' }
  | { readonly kind: 'unknown' };

const finalStatus = z.enum(['completed', 'failed', 'cancelled', 'expired']);

/** The only code that ends a job. */
export class Settlement {
  constructor(
    private readonly redis: Redis,
    /** How long results are kept, in milliseconds. */
    private readonly retentionMs: number,
  ) {}

  /** Safe to call again, and from several processes at once: exactly one call is answered `settled`. */
  async settle(job: JobRef, ending: Ending): Promise<Settled> {
    const { text: _text, body: _body, refusal: _refusal, ...withoutText } = ending.outcome;
    const { usage, cost_usd } = ending.outcome;
    const answer = await script.run(
      this.redis,
      [
        keys.job(job.id),
        keys.unsettled,
        keys.tenantInFlight(job.tenant),
        keys.tenantQueued(job.tenant),
        keys.poolQueued(job.pool),
        keys.events,
        keys.poolCounters(job.pool),
        keys.tenantLimits(job.tenant),
        keys.poolFinish(job.pool),
        keys.jobStream(job.id),
      ],
      [
        job.id,
        ending.status,
        JSON.stringify(ending.outcome),
        JSON.stringify(withoutText),
        this.retentionMs,
        ending.by ?? '',
        channels.workerControl(''),
        WAKE_UP_BYTES_MAX,
        usage === undefined ? '' : usage.input_tokens + usage.output_tokens,
        cost_usd === undefined ? '' : Math.round(cost_usd * NANO_PER_USD),
        ending.isVoid === true ? '1' : '',
        STREAM_KEPT_MS,
        ending.unlessReplayed === true ? '1' : '',
      ],
    );
    return settledOf(new Reply(answer));
  }
}

/** What settle.lua answers. */
function settledOf(reply: Reply): Settled {
  const kind = reply.text(0);
  switch (kind) {
    case 'settled':
      return { kind, atMs: reply.number(1), wasRunning: reply.number(2) === 1 };
    case 'already':
      return { kind, status: finalStatus.parse(reply.text(1)) };
    case 'replayed':
    case 'unknown':
      return { kind };
    default:
      throw new TypeError(`settle.lua answered ${kind}`);
  }
}
