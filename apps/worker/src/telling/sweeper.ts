import type { Redis } from 'ioredis';
import type { Logger } from '#common/observability/logger.js';
import type { Metrics } from '#common/observability/metrics.js';
import type { PoolQueues } from '#common/queue/pool-queues.js';
import { keys } from '#common/redis/keys.js';
import type { JobRecords } from '#common/settlement/job-records.js';
import type { Settlement } from '#common/settlement/settlement.js';
import { judgeUnsettled } from './unsettled.policy.js';

const BATCH_MAX = 200;
const BATCHES_MAX = 1_000;
const FAILED_LATELY_MS = 60_000;
const LATER_MS = 30_000;

export interface SweeperParts {
  readonly redis: Redis;
  readonly records: JobRecords;
  readonly queues: PoolQueues;
  readonly settlement: Settlement;
  readonly metrics: Metrics;
  readonly logger: Logger;
}

/**
 * Ends what nobody else ended: jobs past their deadline, jobs whose workers kept vanishing, jobs that never reached the
 * queue. Several sweepers do no harm: settlement lets only one of them win.
 */
export class Sweeper {
  private timer: NodeJS.Timeout | undefined;
  private sweeping: Promise<void> = Promise.resolve();
  private isStopped = false;

  constructor(
    private readonly parts: SweeperParts,
    private readonly everyMs: number,
  ) {}

  start(): void {
    if (this.isStopped) return;
    this.timer = setTimeout(() => {
      this.sweeping = this.sweepAndGoOn();
    }, this.everyMs);
  }

  async stop(): Promise<void> {
    this.isStopped = true;
    clearTimeout(this.timer);
    await this.sweeping;
  }

  /** One round over all that are due, however many. */
  async sweep(): Promise<void> {
    const { redis } = this.parts;
    await this.sweepBatch(await this.deadAndUnsettled(await this.now()));
    for (let batches = 0; batches < BATCHES_MAX && !this.isStopped; batches++) {
      const due = await redis.zrangebyscore(keys.unsettled, '-inf', await this.now(), 'LIMIT', 0, BATCH_MAX);
      await this.sweepBatch(due);
      if (due.length < BATCH_MAX) return;
    }
  }

  private async sweepAndGoOn(): Promise<void> {
    try {
      await this.sweep();
    } catch (error) {
      this.parts.logger.debug({ err: error }, 'a sweep was cut short; the next one goes on');
    }
    this.start();
  }

  private async sweepBatch(ids: readonly string[]): Promise<void> {
    const now = await this.now();
    await Promise.all(ids.map((id) => this.sweepGuarded(id, now)));
  }

  /** One job that cannot be swept must not keep the others waiting. */
  private async sweepGuarded(id: string, now: number): Promise<void> {
    try {
      await this.sweepJob(id, now);
    } catch (error) {
      this.parts.logger.warn({ job_id: id, err: error }, 'a job could not be swept; trying again later');
      await this.parts.redis.zadd(keys.unsettled, 'XX', now + LATER_MS, id);
    }
  }

  /** What a queue gave up lately is not made to wait until it is due. */
  private async deadAndUnsettled(now: number): Promise<string[]> {
    const { queues, redis } = this.parts;
    const failed = await Promise.all(
      queues.pools.map((pool) => queues.failedSince(pool, now - FAILED_LATELY_MS, BATCH_MAX)),
    );
    const ids = failed.flat();
    if (ids.length === 0) return [];
    const dueAt = await redis.zmscore(keys.unsettled, ...ids);
    return ids.filter((_, index) => dueAt[index] !== null);
  }

  private async sweepJob(id: string, now: number): Promise<void> {
    const { redis, records, queues, settlement, metrics, logger } = this.parts;
    const record = await records.read(id);
    const state = record === null ? 'missing' : await queues.stateOf(record.pool, id);
    const verdict = judgeUnsettled(record, state, now);
    if (verdict.kind === 'forget' || record === null) {
      // Nothing ends a record before its settlement, so this one was damaged from outside; its leases end by themselves.
      if (record === null)
        logger.error({ job_id: id }, 'an unsettled job has no readable record and is given up');
      await redis.zrem(keys.unsettled, id);
      return;
    }
    if (verdict.kind === 'look-again') {
      await redis.zadd(keys.unsettled, 'XX', verdict.atMs, id);
      return;
    }
    const outcome = { attempts: 0, error_code: verdict.because };
    // What never reached its queue has done nothing for its caller.
    const isLost = verdict.because === 'job_lost';
    const ending = { status: verdict.status, outcome, ...(isLost ? { isVoid: true as const } : {}) };
    const settled = await settlement.settle(record, ending);
    if (settled.kind !== 'settled') return;
    metrics.counter('sluice_swept_total').inc({ reason: verdict.because });
    logger.warn({ job_id: id, request_id: record.request_id, because: verdict.because }, 'swept');
    if (state === 'queued') await queues.remove(record.pool, id);
  }

  private async now(): Promise<number> {
    const [seconds, microseconds] = await this.parts.redis.time();
    return Number(seconds) * 1_000 + Math.floor(Number(microseconds) / 1_000);
  }
}
