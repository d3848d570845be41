import type { File as FileRow, PrismaClient } from '#common/database/generated/client.js';
import type { FileQuery } from './file.schema.js';

export type FilePurpose = 'batch' | 'batch_output';

export interface StoredFile {
  readonly id: string;
  readonly tenant: string;
  readonly purpose: FilePurpose;
  readonly filename: string;
  readonly bytes: number;
  readonly createdAt: Date;
  readonly expiresAt: Date;
}

/** The rows of `files`. A file that has expired is gone for its owner, before its bytes are. Throws what Prisma throws. */
export class FilesLedger {
  constructor(private readonly prisma: PrismaClient) {}

  async add(file: StoredFile): Promise<void> {
    await this.prisma.file.create({ data: { ...file, bytes: BigInt(file.bytes) } });
  }

  async find(tenant: string, id: string): Promise<StoredFile | null> {
    const row = await this.prisma.file.findFirst({ where: { id, ...present(tenant) } });
    return row === null ? null : storedOf(row);
  }

  /** One more than was asked for, when there are more. Ids sort by birth. */
  async list(tenant: string, { after, limit, order, purpose }: FileQuery): Promise<StoredFile[]> {
    const rows = await this.prisma.file.findMany({
      where: {
        ...present(tenant),
        ...(purpose === undefined ? {} : { purpose }),
        ...(after === undefined ? {} : { id: order === 'desc' ? { lt: after } : { gt: after } }),
      },
      orderBy: { id: order },
      take: limit + 1,
    });
    return rows.map(storedOf);
  }

  /** What a tenant's files take, in bytes. */
  async bytesOf(tenant: string): Promise<number> {
    const { _sum } = await this.prisma.file.aggregate({ where: present(tenant), _sum: { bytes: true } });
    return Number(_sum.bytes ?? 0);
  }

  /** False when there is no such file. Its bytes go with `removable`. */
  async remove(tenant: string, id: string): Promise<boolean> {
    const { count } = await this.prisma.file.updateMany({
      where: { id, ...present(tenant) },
      data: { deletedAt: new Date() },
    });
    return count > 0;
  }

  /** Deleted or expired files, but for those that an unfinished batch reads; the oldest first. */
  async removable(limit: number): Promise<string[]> {
    const rows = await this.prisma.$queryRaw<{ id: string }[]>`
      SELECT id FROM files
      WHERE (deleted_at IS NOT NULL OR expires_at <= now())
        AND NOT EXISTS (
          SELECT 1 FROM batches WHERE batches.input_file_id = files.id
            AND batches.status IN ('validating', 'in_progress', 'finalizing', 'cancelling'))
      ORDER BY expires_at LIMIT ${limit}`;
    return rows.map(({ id }) => id);
  }

  /** After its bytes are gone. */
  async forget(id: string): Promise<void> {
    await this.prisma.file.deleteMany({ where: { id } });
  }
}

const present = (tenant: string) => ({ tenant, deletedAt: null, expiresAt: { gt: new Date() } });

const storedOf = ({ deletedAt: _, bytes, purpose, ...row }: FileRow): StoredFile => ({
  ...row,
  bytes: Number(bytes),
  purpose: purpose === 'batch' ? 'batch' : 'batch_output',
});
