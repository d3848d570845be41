import { z } from 'zod';
import { type Batch as BatchRow, Prisma, type PrismaClient } from '#common/database/generated/client.js';
import type { StoredFile } from '../files/files.ledger.js';
import type { Identity } from '../identity/identity.js';
import type { BatchProblem } from './batch-line.parser.js';
import { BATCH_STATUSES, type BatchStatus, OPEN_STATUSES, waysInto } from './batch-state.policy.js';
import { batchProblems, type BatchQuery } from './batch.schema.js';
import { batchCaller } from './caller.schema.js';

export interface Counts {
  readonly completed: number;
  readonly failed: number;
}

export type StoredBatch = Omit<BatchRow, 'caller' | 'status' | 'errors' | 'metadata'> & {
  readonly caller: Identity;
  readonly status: BatchStatus;
  readonly errors: BatchProblem[] | null;
  readonly metadata: Record<string, string> | null;
};

export type NewBatchRow = Pick<
  StoredBatch,
  | 'id'
  | 'caller'
  | 'requestId'
  | 'inputFileId'
  | 'endpoint'
  | 'completionWindow'
  | 'createdAt'
  | 'expiresAt'
  | 'metadata'
>;

export interface BatchEnd {
  readonly status: 'completed' | 'expired' | 'cancelled';
  readonly counts: Counts;
  readonly output: StoredFile | null;
  readonly errors: StoredFile | null;
}

/**
 * The rows of `batches`. A status changes only along the ways of batch-state.policy.ts, in one statement with the look at
 * what it was: of two who would end a batch, one does. Throws what Prisma throws.
 */
export class BatchesLedger {
  constructor(private readonly prisma: PrismaClient) {}

  async add({ caller, metadata, ...batch }: NewBatchRow): Promise<StoredBatch> {
    const row = await this.prisma.batch.create({
      data: {
        ...batch,
        tenant: caller.tenant,
        caller: jsonOf(caller),
        status: 'validating',
        metadata: metadata ?? Prisma.DbNull,
      },
    });
    return storedOf(row);
  }

  async find(id: string): Promise<StoredBatch | null> {
    const row = await this.prisma.batch.findUnique({ where: { id } });
    return row === null ? null : storedOf(row);
  }

  async findOwn(tenant: string, id: string): Promise<StoredBatch | null> {
    const row = await this.prisma.batch.findFirst({ where: { id, tenant } });
    return row === null ? null : storedOf(row);
  }

  /** Newest first; one more than was asked for, when there are more. Ids sort by birth. */
  async list(tenant: string, { after, limit }: BatchQuery): Promise<StoredBatch[]> {
    const rows = await this.prisma.batch.findMany({
      where: { tenant, ...(after === undefined ? {} : { id: { lt: after } }) },
      orderBy: { id: 'desc' },
      take: limit + 1,
    });
    return rows.map(storedOf);
  }

  /** All that somebody has to work on, the oldest first. */
  async open(): Promise<Pick<StoredBatch, 'id' | 'tenant' | 'status'>[]> {
    const rows = await this.prisma.batch.findMany({
      where: { status: { in: [...OPEN_STATUSES] } },
      select: { id: true, tenant: true, status: true },
      orderBy: { id: 'asc' },
    });
    return rows.map((row) => ({ ...row, status: statusOf(row.status) }));
  }

  countOpen(tenant: string): Promise<number> {
    return this.prisma.batch.count({ where: { tenant, status: { in: [...OPEN_STATUSES] } } });
  }

  /** Each of these answers false when the batch is no longer where it could change so. */
  begin(id: string, lines: number): Promise<boolean> {
    return this.move(id, 'in_progress', { linesTotal: lines, inProgressAt: new Date() });
  }

  refuse(id: string, problems: readonly BatchProblem[]): Promise<boolean> {
    return this.move(id, 'failed', { errors: jsonOf(problems), failedAt: new Date() });
  }

  finalize(id: string): Promise<boolean> {
    return this.move(id, 'finalizing', { finalizingAt: new Date() });
  }

  cancel(id: string): Promise<boolean> {
    return this.move(id, 'cancelling', { cancellingAt: new Date() });
  }

  /** True also when it was so already, because an answer was lost. False: the files are not anybody's. */
  async end(id: string, { status, counts, output, errors }: BatchEnd): Promise<boolean> {
    return this.prisma.$transaction(async (prisma) => {
      const { count } = await prisma.batch.updateMany({
        where: { id, status: { in: [...waysInto(status)] } },
        data: {
          status,
          [`${status}At`]: new Date(),
          linesCompleted: counts.completed,
          linesFailed: counts.failed,
          outputFileId: output?.id ?? null,
          errorFileId: errors?.id ?? null,
        },
      });
      if (count === 0) return isEndedWith(prisma, id, [output, errors]);
      for (const file of [output, errors]) {
        if (file !== null) await prisma.file.create({ data: { ...file, bytes: BigInt(file.bytes) } });
      }
      return true;
    });
  }

  /** Answers the status as it is now; null when there is no such batch. */
  async progress(id: string, { completed, failed }: Counts): Promise<BatchStatus | null> {
    const rows = await this.prisma.batch.updateManyAndReturn({
      where: { id, status: { in: [...OPEN_STATUSES] } },
      data: { linesCompleted: completed, linesFailed: failed },
      select: { status: true },
    });
    const [row] = rows;
    return row === undefined ? null : statusOf(row.status);
  }

  private async move(
    id: string,
    status: BatchStatus,
    data: Prisma.BatchUncheckedUpdateManyInput,
  ): Promise<boolean> {
    const { count } = await this.prisma.batch.updateMany({
      where: { id, status: { in: [...waysInto(status)] } },
      data: { ...data, status },
    });
    return count > 0;
  }
}

async function isEndedWith(
  prisma: Prisma.TransactionClient,
  id: string,
  [output, errors]: readonly [StoredFile | null, StoredFile | null],
): Promise<boolean> {
  const row = await prisma.batch.findUnique({ where: { id } });
  return (
    (output !== null && row?.outputFileId === output.id) ||
    (errors !== null && row?.errorFileId === errors.id)
  );
}

const statusOf = (text: string): BatchStatus => z.enum(BATCH_STATUSES).parse(text);

/** Nothing that JSON cannot say. */
const jsonOf = (value: unknown): Prisma.InputJsonValue =>
  z.json().parse(JSON.parse(JSON.stringify(value))) ?? {};

const storedOf = ({ caller, status, errors, metadata, ...row }: BatchRow): StoredBatch => ({
  ...row,
  caller: batchCaller.parse(caller),
  status: statusOf(status),
  errors: errors === null ? null : batchProblems.parse(errors),
  metadata: metadata === null ? null : z.record(z.string(), z.string()).parse(metadata),
});
