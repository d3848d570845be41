import { Redis } from 'ioredis';
import { AdaptiveLedger } from '../../apps/worker/src/adaptive/adaptive.ledger.js';
import { OutcomeTally } from '../../apps/worker/src/adaptive/outcome-tally.js';
import type { CallOutcome } from '../../apps/worker/src/backends/backend.js';
import { digest } from '../../libs/common/src/contracts/digest.js';
import type { Logger } from '../../libs/common/src/observability/logger.js';
import { failFastConnection } from '../../libs/common/src/redis/connections.js';
import { keys } from '../../libs/common/src/redis/keys.js';
import { eventually } from './eventually.js';
import { type OwnRedis, startOwnRedis } from './own-servers.js';

export const MODEL = 'sim-fast';
export const FACTORS = keys.adaptiveFactors(digest(MODEL, 16));
export const WINDOWS = keys.adaptiveWindows(digest(MODEL, 16));

/** Every tally finds the slice before it ended. */
export const BRIEF = { sliceMs: 1, ttlMs: 600_000 };
/** No slice ends while a test runs. */
export const ENDLESS = { sliceMs: 1e12, ttlMs: 1e15 };

export const THROTTLED: CallOutcome = { kind: 'throttled', retryAfterMs: null };
export const COMPLETED: CallOutcome = {
  kind: 'completed',
  answer: { text: '', finishReason: 'stop', usage: { input_tokens: 1, output_tokens: 1 } },
};

export interface TallyingPlan {
  readonly times?: typeof BRIEF;
  readonly serving?: readonly string[];
}

/** Workers that only tally, over a Redis of their own. */
export class TallyingFleet {
  private workers: Redis[] = [];

  private constructor(
    private readonly server: OwnRedis,
    /** For looking at what is there. */
    readonly redis: Redis,
  ) {}

  static async start(): Promise<TallyingFleet> {
    const server = await startOwnRedis();
    return new TallyingFleet(server, new Redis(server.redis.url));
  }

  /** One more worker, with a connection of its own. */
  async worker({ times = BRIEF, serving = ['a'] }: TallyingPlan = {}) {
    const own = failFastConnection(this.server.redis.url, 'worker');
    own.on('error', () => undefined);
    this.workers.push(own);
    const connected = () => eventually('the connection', () => (own.status === 'ready' ? true : null));
    await connected();
    const adapted: unknown[] = [];
    const info = (said: unknown) => adapted.push(said);
    const logger = { debug: () => undefined, info } as unknown as Logger;
    const ledger = new AdaptiveLedger(own, times);
    const tally = new OutcomeTally({ ledger, serving: () => serving, logger });
    return { own, connected, ledger, adapted, tally };
  }

  async stopRedis(): Promise<void> {
    await this.server.redis.stop();
    await eventually('the loss of every connection', () =>
      this.workers.every(({ status }) => status !== 'ready') ? true : null,
    );
  }

  restartRedis(): Promise<void> {
    return this.server.redis.restart();
  }

  /** Dismisses the workers and forgets what they told. */
  async empty(): Promise<void> {
    for (const worker of this.workers) worker.disconnect();
    this.workers = [];
    await this.redis.flushall();
  }

  async end(): Promise<void> {
    this.redis.disconnect();
    await this.server.end();
  }

  factors(): Promise<Record<string, string>> {
    return this.redis.hgetall(FACTORS);
  }

  async factorOf(backend: string): Promise<number> {
    return Number(await this.redis.hget(FACTORS, backend));
  }

  /** Unix milliseconds by Redis's clock. */
  async time(): Promise<number> {
    const [seconds, micros] = await this.redis.time();
    return Number(seconds) * 1_000 + Number(micros) / 1_000;
  }

  /** Until another millisecond, which is another brief slice. */
  async nextSlice(): Promise<void> {
    const before = Math.floor(await this.time());
    await eventually('the next slice', async () => ((await this.time()) >= before + 1 ? true : null));
  }

  /** One window of these outcomes, closed and judged. */
  async window(tally: OutcomeTally, succeeded: number, failed: number): Promise<void> {
    hear(tally, succeeded, COMPLETED);
    hear(tally, failed, THROTTLED);
    await tally.flush();
    await this.nextSlice();
    // Any outcome makes a tally look, and a single one of another backend is too few to be judged.
    tally.count(MODEL, 'other', COMPLETED);
    await tally.flush();
  }
}

/** So many outcomes of one kind. */
export function hear(tally: OutcomeTally, times: number, outcome: CallOutcome, backend = 'a'): void {
  for (let at = 0; at < times; at++) tally.count(MODEL, backend, outcome);
}
