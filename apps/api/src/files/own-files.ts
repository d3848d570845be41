import type { Readable } from 'node:stream';
import { Refusal } from '#common/errors/refusal.js';
import { onDatabase } from '../http/database-trouble.js';
import type { FileDeleted, FileList, FileQuery, FileView } from './file.schema.js';
import type { FileStore } from './file-store.js';
import type { FilesLedger, StoredFile } from './files.ledger.js';
import { withoutDatabase } from './upload-file.js';

/** A caller's own files; another tenant's are as unknown as files that never were. */
export class OwnFiles {
  constructor(
    private readonly store: FileStore,
    /** Null without PostgreSQL. */
    private readonly ledger: FilesLedger | null,
  ) {}

  /** @throws Refusal file_not_found. */
  async read(tenant: string, id: string): Promise<StoredFile> {
    const found = await onDatabase((this.ledger ?? withoutDatabase()).find(tenant, id));
    if (found === null) throw new Refusal('file_not_found');
    return found;
  }

  /** @throws Refusal file_not_found. */
  async content(tenant: string, id: string): Promise<{ file: StoredFile; bytes: Readable }> {
    const file = await this.read(tenant, id);
    const bytes = await this.store.read(id);
    if (bytes === null) throw new Refusal('file_not_found');
    return { file, bytes };
  }

  async list(tenant: string, query: FileQuery): Promise<FileList> {
    const found = await onDatabase((this.ledger ?? withoutDatabase()).list(tenant, query));
    const data = found.slice(0, query.limit).map(viewFile);
    return {
      object: 'list',
      data,
      first_id: data[0]?.id ?? null,
      last_id: data.at(-1)?.id ?? null,
      has_more: found.length > query.limit,
    };
  }

  /** Its bytes go a little later, and not while a batch reads them. @throws Refusal file_not_found. */
  async remove(tenant: string, id: string): Promise<FileDeleted> {
    const isRemoved = await onDatabase((this.ledger ?? withoutDatabase()).remove(tenant, id));
    if (!isRemoved) throw new Refusal('file_not_found');
    return { id, object: 'file', deleted: true };
  }
}

const toSeconds = (date: Date): number => Math.floor(date.getTime() / 1_000);

/** A file as its owner sees it. */
export const viewFile = ({ id, bytes, createdAt, expiresAt, filename, purpose }: StoredFile): FileView => ({
  id,
  object: 'file',
  bytes,
  created_at: toSeconds(createdAt),
  expires_at: toSeconds(expiresAt),
  filename,
  purpose,
  status: 'processed',
});
