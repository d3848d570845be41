import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import * as fc from 'fast-check';
import type { Redis } from 'ioredis';
import type { Priority } from '#common/contracts/generation.js';
import { type FairJob, FairPool } from '../../../../test/support/fair-pool.js';
import { type OwnRedis, startOwnRedis } from '../../../../test/support/own-servers.js';

const RUNS = 150;

interface Admit {
  readonly kind: 'admit';
  readonly tenant: 'a' | 'b' | 'c';
  readonly priority: Priority;
  readonly cost: number;
}
type Step = Admit | { readonly kind: 'take' } | { readonly kind: 'cancel'; readonly which: number };

const SHARES = { a: 1, b: 3, c: 8 } as const;
/** The flows of a tenant that wait for a job of this priority. */
const PAYERS = { high: ['high', 'normal', 'low'], normal: ['normal', 'low'], low: ['low'] } as const;

interface Planned {
  readonly step: Admit;
  readonly tag: number;
  readonly stride: number;
  readonly number: number;
}

/** Start-time fair queueing with one server, as plain as can be. */
class Reference {
  waiting: Planned[] = [];
  private clock = 0;
  private finish = new Map<string, number>();
  private number = 0;

  admit(step: Admit): Planned {
    const { tenant, priority, cost } = step;
    if (this.waiting.length === 0) {
      this.clock = 0;
      this.finish = new Map();
    }
    const stride = cost / (priority === 'low' ? SHARES[tenant] / 4 : SHARES[tenant]);
    const start = (flow: Priority) => Math.max(this.clock, this.finish.get(`${tenant} ${flow}`) ?? 0);
    const planned = { step, tag: start(priority), stride, number: this.number++ };
    for (const flow of PAYERS[priority]) this.finish.set(`${tenant} ${flow}`, start(flow) + stride);
    this.waiting.push(planned);
    return planned;
  }

  /** The smallest tag first, in eighths; who came first among equals. */
  take(): Planned | undefined {
    const eighth = ({ tag }: Planned) => Math.floor(tag * 8);
    this.waiting.sort((left, right) => eighth(left) - eighth(right) || left.number - right.number);
    const next = this.waiting.shift();
    this.clock = Math.max(this.clock, next?.tag ?? 0);
    return next;
  }

  cancel(planned: Planned): void {
    const { tenant, priority } = planned.step;
    this.waiting = this.waiting.filter((each) => each !== planned);
    for (const flow of PAYERS[priority]) {
      const name = `${tenant} ${flow}`;
      this.finish.set(name, (this.finish.get(name) ?? 0) - planned.stride);
    }
  }
}

let server: OwnRedis;
let redis: Redis;
let pool: FairPool;

beforeAll(async () => {
  server = await startOwnRedis();
  redis = FairPool.connect(server.redis.url);
  pool = new FairPool(redis);
});
afterAll(async () => {
  await pool.close();
  redis.disconnect();
  await server.end();
});

const admit: fc.Arbitrary<Admit> = fc.record({
  kind: fc.constant('admit'),
  tenant: fc.constantFrom('a', 'b', 'c'),
  priority: fc.constantFrom('high', 'normal', 'normal', 'low'),
  cost: fc.constantFrom(1, 1, 0.37, 2.5),
});
const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 5, arbitrary: admit },
  { weight: 4, arbitrary: fc.constant({ kind: 'take' }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('cancel'), which: fc.nat(100) }) },
);

/** Does the same in the pool and in the reference, and compares. */
async function compare(steps: readonly Step[]): Promise<void> {
  await pool.empty();
  const reference = new Reference();
  const jobs = new Map<Planned, FairJob>();
  for (const next of [...steps, ...steps.map((): Step => ({ kind: 'take' }))]) {
    if (next.kind === 'admit') {
      const planned = reference.admit(next);
      const job = await pool.send({ ...next, share: SHARES[next.tenant] });
      expect(await pool.tagOf(job)).toBe(planned.tag);
      jobs.set(planned, job);
    } else if (next.kind === 'take') {
      const planned = reference.take();
      expect((await pool.serve())?.id).toBe(planned && jobs.get(planned)?.id);
    } else {
      const planned = reference.waiting[next.which % Math.max(1, reference.waiting.length)];
      const job = planned && jobs.get(planned);
      if (planned === undefined || job === undefined) continue;
      reference.cancel(planned);
      await pool.cancel(job);
    }
  }
  expect(reference.waiting).toHaveLength(0);
}

describe('the fair queue', () => {
  it('gives each job the start tag, and serves all in the order, of a plain start-time fair queue', async () => {
    await fc.assert(fc.asyncProperty(fc.array(step, { minLength: 5, maxLength: 40 }), compare), {
      numRuns: RUNS,
      interruptAfterTimeLimit: 20_000,
    });
  });
});
