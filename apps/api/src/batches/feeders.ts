import type { Redis } from 'ioredis';
import type { Logger } from '#common/observability/logger.js';
import type { Metrics } from '#common/observability/metrics.js';
import { channels } from '#common/redis/keys.js';
import type { BatchLeases } from './batch-leases.js';
import type { BatchesLedger, StoredBatch } from './batches.ledger.js';
import type { FeedBatch } from './feed-batch.js';

const LOOK_EVERY_MS = 3_000;
/** Each holds 64 lines in flight at most, and a bit for each of its lines. */
const BATCHES_MAX = 200;
const BATCHES_OF_TENANT_MAX = 8;

export interface FeedersParts {
  /** Null without PostgreSQL: then there are no batches. */
  readonly ledger: BatchesLedger | null;
  readonly leases: BatchLeases;
  readonly feedBatch: FeedBatch | null;
  readonly subscriber: Redis;
  readonly metrics: Metrics;
  readonly logger: Logger;
}

interface Fed {
  readonly tenant: string;
  readonly stop: AbortController;
  readonly cancel: AbortController;
  readonly ended: Promise<void>;
}

type OpenBatch = Pick<StoredBatch, 'id' | 'tenant' | 'status'>;

/** The batches that this process works on: it takes what nobody works on, when it is told of a batch and every 3 s. */
export class Feeders {
  private readonly fed = new Map<string, Fed>();
  private openOfTenant = new Map<string, number>();
  private timer: NodeJS.Timeout | undefined;
  private looking: Promise<void> | null = null;
  private isToldMeanwhile = false;
  private isStopped = false;

  constructor(private readonly parts: FeedersParts) {
    const { metrics } = parts;
    metrics.gauge('sluice_batches').set(0);
    for (const result of ['completed', 'failed', 'unfinished'])
      metrics.counter('sluice_batch_lines_total').inc({ result }, 0);
  }

  async start(): Promise<void> {
    if (this.parts.ledger === null) return;
    const { subscriber } = this.parts;
    subscriber.on('message', (channel: string) => {
      if (channel === channels.batches) this.look();
    });
    await subscriber.subscribe(channels.batches);
    this.timer = setInterval(() => {
      this.look();
    }, LOOK_EVERY_MS);
    this.look();
  }

  /** Gives all leases back, so that another process goes on at once. */
  async stop(): Promise<void> {
    this.isStopped = true;
    clearInterval(this.timer);
    await this.looking;
    const all = [...this.fed.values()];
    for (const { stop } of all) stop.abort(new Error('this process stops'));
    await Promise.all(all.map(({ ended }) => ended));
  }

  private look(): void {
    if (this.isStopped) return;
    if (this.looking !== null) {
      this.isToldMeanwhile = true;
      return;
    }
    this.looking = this.lookNow().finally(() => {
      this.looking = null;
      if (!this.isToldMeanwhile) return;
      this.isToldMeanwhile = false;
      this.look();
    });
  }

  private async lookNow(): Promise<void> {
    const { ledger, logger } = this.parts;
    try {
      const open = (await ledger?.open()) ?? [];
      this.openOfTenant = countTenants(open);
      for (const batch of open) {
        const fed = this.fed.get(batch.id);
        if (fed === undefined) await this.take(batch);
        else if (batch.status === 'cancelling') fed.cancel.abort();
      }
    } catch (error) {
      logger.debug({ err: error }, 'batches could not be looked for; trying again');
    }
  }

  private async take(batch: OpenBatch): Promise<void> {
    const { leases, feedBatch } = this.parts;
    if (feedBatch === null || this.isStopped || !this.hasRoomFor(batch.tenant)) return;
    const lease = await leases.take(batch.id);
    if (lease === null) return;
    const stop = new AbortController();
    const cancel = new AbortController();
    lease.signal.addEventListener('abort', () => {
      stop.abort(new Error('the lease of the batch is lost'));
    });
    const { tenant, id } = batch;
    const tenantBatches = (): number => this.openOfTenant.get(tenant) ?? 1;
    const feed = { id, lease, signal: stop.signal, cancel: cancel.signal, tenantBatches };
    const ended = feedBatch
      .execute(feed)
      .catch((error: unknown) => {
        if (!stop.signal.aborted)
          this.parts.logger.warn({ batch_id: id, err: error }, 'a batch stopped short');
      })
      .then(async () => {
        this.fed.delete(id);
        this.tellCount();
        await lease.giveBack();
      });
    this.fed.set(id, { tenant, stop, cancel, ended });
    this.tellCount();
  }

  private hasRoomFor(tenant: string): boolean {
    const ofTenant = [...this.fed.values()].filter((fed) => fed.tenant === tenant).length;
    return this.fed.size < BATCHES_MAX && ofTenant < BATCHES_OF_TENANT_MAX;
  }

  private tellCount(): void {
    this.parts.metrics.gauge('sluice_batches').set(this.fed.size);
  }
}

function countTenants(open: readonly OpenBatch[]): Map<string, number> {
  const counts = new Map<string, number>();
  for (const { tenant } of open) counts.set(tenant, (counts.get(tenant) ?? 0) + 1);
  return counts;
}
