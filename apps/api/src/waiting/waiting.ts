import type { Redis } from 'ioredis';
import { z } from 'zod';
import type { JobRecord } from '#common/contracts/job-record.js';
import { beganMessage, streamMessage } from '#common/contracts/job-stream.js';
import { type WakeUp, wakeUp } from '#common/contracts/wake-up.js';
import { settledRecord } from '#common/jobs/settled-record.js';
import type { Logger } from '#common/observability/logger.js';
import type { Metrics } from '#common/observability/metrics.js';
import { channels, keys } from '#common/redis/keys.js';
import { LuaScript } from '#common/redis/lua-script.js';
import type { JobRecords } from '#common/settlement/job-records.js';
import { StreamListeners } from './stream-listeners.js';

const script = new LuaScript(new URL('./watch.lua', import.meta.url));

/** Pub/sub forgets: whoever has waited this long is looked up, and again each time it has passed. */
const LOOK_EVERY_MS = 2_000;
const LOOK_BATCH_MAX = 500;

interface Waiter {
  readonly since: number;
  readonly wake: (settled: WakeUp | null) => void;
}

export interface Expectation {
  /** The settlement, or null when `withinMs` passed first or `signal` fired. */
  within(withinMs: number, signal?: AbortSignal): Promise<WakeUp | null>;
  forget(): void;
}

/** What a job's stream tells; everything else on the channel is a settlement. */
const told = z.union([streamMessage, beganMessage]);

/** Requests of this process that wait for settlements. Expect a job before it is queued, or watch it. */
export class Waiting {
  readonly channel: string;
  /** Who hears the tokens of a job; they come on the same channel. */
  readonly streams = new StreamListeners();
  private readonly waiters = new Map<string, Set<Waiter>>();
  private looking: NodeJS.Timeout | undefined;

  constructor(
    apiId: string,
    private readonly connections: { readonly subscriber: Redis; readonly producer: Redis },
    private readonly records: JobRecords,
    private readonly observed: { readonly metrics: Metrics; readonly logger: Logger },
  ) {
    this.channel = channels.wakeUps(apiId);
  }

  /** Subscribes, and looks everybody up whenever the subscription had been cut. */
  async start(): Promise<void> {
    const { subscriber } = this.connections;
    subscriber.on('message', (channel: string, message: string) => {
      if (channel === this.channel) this.hear(message);
    });
    await subscriber.subscribe(this.channel);
    subscriber.on('ready', () => {
      this.streams.miss();
      void this.lookUp(0);
    });
    this.looking = setInterval(() => void this.lookUp(LOOK_EVERY_MS), LOOK_EVERY_MS);
  }

  /** Settlements are told for `graceMs` more; then whoever still waits is let go without one. */
  stop(graceMs: number): void {
    setTimeout(() => {
      clearInterval(this.looking);
      for (const waiters of this.waiters.values()) for (const waiter of waiters) waiter.wake(null);
    }, graceMs).unref();
  }

  expect(jobId: string): Expectation {
    let wake: (settled: WakeUp | null) => void = () => undefined;
    const settled = new Promise<WakeUp | null>((resolve) => {
      wake = resolve;
    });
    const waiter: Waiter = { since: performance.now(), wake };
    const waiters = this.waiters.get(jobId) ?? new Set();
    this.waiters.set(jobId, waiters.add(waiter));
    this.observed.metrics.gauge('sluice_waiting_requests').inc();
    const forget = (): void => {
      if (!waiters.delete(waiter)) return;
      if (waiters.size === 0 && this.waiters.get(jobId) === waiters) this.waiters.delete(jobId);
      this.observed.metrics.gauge('sluice_waiting_requests').dec();
    };
    return {
      forget,
      within: async (withinMs, signal) => {
        try {
          return await firstOf(settled, withinMs, signal);
        } finally {
          forget();
        }
      },
    };
  }

  /** For a job that somebody else queued: null at once when it is settled already. */
  async watch(jobId: string): Promise<Expectation | null> {
    const expectation = this.expect(jobId);
    let isWatched: unknown = 0;
    try {
      isWatched = await script.run(this.connections.producer, [keys.job(jobId)], [this.channel]);
    } finally {
      if (isWatched !== 1) expectation.forget();
    }
    return isWatched === 1 ? expectation : null;
  }

  private hear(message: string): void {
    const parsed = parseJson(message);
    if (isOfStream(parsed)) {
      this.hearStream(parsed);
      return;
    }
    const heard = wakeUp.safeParse(parsed);
    if (!heard.success) {
      this.observed.logger.error({ issues: heard.error.issues }, 'a wake-up could not be read');
      return;
    }
    if (heard.data.outcome !== null) this.wake(heard.data, 'message');
    else void this.lookUpIds([heard.data.id]);
  }

  private hearStream(message: object): void {
    const heard = told.safeParse(message);
    if (heard.success) this.streams.hear(heard.data);
    // What it would have said is never logged.
    else this.observed.logger.error('a message of a stream could not be read');
  }

  private wake(settled: WakeUp, via: 'message' | 'lookup'): void {
    const waiters = this.waiters.get(settled.id);
    if (waiters === undefined) return;
    this.observed.metrics.counter('sluice_wake_ups_total').inc({ via });
    for (const waiter of waiters) waiter.wake(settled);
  }

  private async lookUp(olderThanMs: number): Promise<void> {
    const before = performance.now() - olderThanMs;
    const due = [...this.waiters]
      .filter(([, waiters]) => [...waiters].some(({ since }) => since <= before))
      .map(([id]) => id);
    for (let at = 0; at < due.length; at += LOOK_BATCH_MAX) {
      await this.lookUpIds(due.slice(at, at + LOOK_BATCH_MAX));
    }
  }

  private async lookUpIds(ids: readonly string[]): Promise<void> {
    try {
      for (const record of await this.records.readMany(ids)) this.wakeFrom(record);
    } catch (error) {
      this.observed.logger.debug({ err: error }, 'settlements could not be looked up; trying again');
    }
  }

  private wakeFrom(record: JobRecord | null): void {
    const settled = record === null ? null : settledRecord(record);
    if (settled !== null) this.wake(settled, 'lookup');
  }
}

function isOfStream(message: unknown): message is object {
  return typeof message === 'object' && message !== null && ('entry' in message || 'began' in message);
}

function parseJson(text: string): unknown {
  try {
    const parsed: unknown = JSON.parse(text);
    return parsed;
  } catch {
    return null;
  }
}

async function firstOf(
  settled: Promise<WakeUp | null>,
  withinMs: number,
  signal: AbortSignal | undefined,
): Promise<WakeUp | null> {
  let giveUp: () => void = () => undefined;
  const givenUp = new Promise<null>((resolve) => {
    giveUp = () => {
      resolve(null);
    };
  });
  if (signal?.aborted === true) return null;
  const timer = setTimeout(giveUp, withinMs);
  signal?.addEventListener('abort', giveUp, { once: true });
  try {
    return await Promise.race([settled, givenUp]);
  } finally {
    clearTimeout(timer);
    signal?.removeEventListener('abort', giveUp);
  }
}
