import type { Redis } from 'ioredis';
import { mintBatchId } from '#common/contracts/ids.js';
import { Refusal } from '#common/errors/refusal.js';
import { channels } from '#common/redis/keys.js';
import { onRedis } from '#common/redis/on-redis.js';
import { readRedisTime } from '#common/redis/redis-time.js';
import type { OwnFiles } from '../files/own-files.js';
import { withoutDatabase } from '../files/upload-file.js';
import { onDatabase } from '../http/database-trouble.js';
import type { Identity } from '../identity/identity.js';
import type { BatchList, BatchQuery, BatchView, NewBatch } from './batch.schema.js';
import { viewBatch } from './batch-view.js';
import type { BatchesLedger, StoredBatch } from './batches.ledger.js';
import { windowMsOf } from './window.policy.js';

/** Unfinished ones of a tenant. Those that are created at the same moment may be a few more. */
export const OPEN_MAX = 100;

export interface Asking {
  readonly caller: Identity;
  readonly requestId: string;
}

/** A caller's own batches; another tenant's are as unknown as batches that never were. */
export class ManageBatches {
  constructor(
    private readonly redis: Redis,
    private readonly files: OwnFiles,
    /** Null without PostgreSQL. */
    private readonly ledger: BatchesLedger | null,
  ) {}

  /** @throws Refusal file_not_found, invalid_value, batches_full, dependency_unavailable. */
  async create(asked: NewBatch, { caller, requestId }: Asking): Promise<BatchView> {
    const ledger = this.ledger ?? withoutDatabase();
    const { purpose } = await this.files.read(caller.tenant, asked.input_file_id);
    if (purpose !== 'batch') {
      throw new Refusal('invalid_value', {
        param: 'input_file_id',
        message: 'input_file_id must name a file that was uploaded with the purpose batch.',
      });
    }
    if ((await onDatabase(ledger.countOpen(caller.tenant))) >= OPEN_MAX) throw new Refusal('batches_full');
    const createdMs = await onRedis(readRedisTime(this.redis));
    const batch = await onDatabase(
      ledger.add({
        id: mintBatchId(),
        caller,
        requestId,
        inputFileId: asked.input_file_id,
        endpoint: asked.endpoint,
        completionWindow: asked.completion_window,
        createdAt: new Date(createdMs),
        expiresAt: new Date(createdMs + (windowMsOf(asked.completion_window) ?? 0)),
        metadata: asked.metadata ?? null,
      }),
    );
    await this.tell(batch.id);
    return viewBatch(batch);
  }

  /** @throws Refusal batch_not_found. */
  async read(tenant: string, id: string): Promise<BatchView> {
    return viewBatch(await this.find(tenant, id));
  }

  async list(tenant: string, query: BatchQuery): Promise<BatchList> {
    const found = await onDatabase((this.ledger ?? withoutDatabase()).list(tenant, query));
    const data = found.slice(0, query.limit).map(viewBatch);
    return {
      object: 'list',
      data,
      first_id: data[0]?.id ?? null,
      last_id: data.at(-1)?.id ?? null,
      has_more: found.length > query.limit,
    };
  }

  /** Again while it is being cancelled: nothing changes. @throws Refusal batch_not_found, batch_final. */
  async cancel(tenant: string, id: string): Promise<BatchView> {
    const ledger = this.ledger ?? withoutDatabase();
    await this.find(tenant, id);
    const isCancelled = await onDatabase(ledger.cancel(id));
    const batch = await this.find(tenant, id);
    if (isCancelled) await this.tell(id);
    else if (batch.status !== 'cancelling') {
      throw new Refusal('batch_final', {
        message: `The batch cannot be cancelled any more: it is ${batch.status}.`,
      });
    }
    return viewBatch(batch);
  }

  private async find(tenant: string, id: string): Promise<StoredBatch> {
    const found = await onDatabase((this.ledger ?? withoutDatabase()).findOwn(tenant, id));
    if (found === null) throw new Refusal('batch_not_found');
    return found;
  }

  /** Whoever is not told looks every 3 s. */
  private async tell(id: string): Promise<void> {
    await this.redis.publish(channels.batches, id).catch(() => 0);
  }
}
