import type { Readable } from 'node:stream';
import type { MultipartFile } from '@fastify/multipart';
import type { FastifyRequest } from 'fastify';
import { mintFileId } from '#common/contracts/ids.js';
import { Refusal } from '#common/errors/refusal.js';
import { onDatabase } from '../http/database-trouble.js';
import type { Identity } from '../identity/identity.js';
import type { FileSink, FileStore } from './file-store.js';
import type { FilesLedger, StoredFile } from './files.ledger.js';

export const FILE_BYTES_MAX = 100 * 1024 * 1024;
/** Of all files of a tenant. Uploads that come at the same moment may go beyond it. */
export const TENANT_BYTES_MAX = 10 * 1024 * 1024 * 1024;
/** Room for the boundaries, headers and fields around a file. */
const AROUND_BYTES_MAX = 64 * 1024;
const LIMITS = { fileSize: FILE_BYTES_MAX, files: 1, fields: 8, fieldSize: 1_024, parts: 9, headerPairs: 20 };
const FILENAME_CHARACTERS_MAX = 255;

export interface UploadFileParts {
  readonly store: FileStore;
  /** Null without PostgreSQL. */
  readonly ledger: FilesLedger | null;
  readonly retentionMs: number;
}

interface Received {
  filename: string;
  sink: FileSink | null;
  purpose: unknown;
}

/** Takes a file of at most 100 MiB from the line to the store, and never holds more than a few chunks of it. */
export class UploadFile {
  constructor(private readonly parts: UploadFileParts) {}

  /** @throws Refusal invalid_value, unsupported_media_type, file_too_large, files_full or dependency_unavailable; then nothing is kept. */
  async execute(request: FastifyRequest, caller: Identity): Promise<StoredFile> {
    const { store } = this.parts;
    const ledger = this.parts.ledger ?? withoutDatabase();
    if (!request.isMultipart()) {
      throw new Refusal('unsupported_media_type', { message: 'Send the file as multipart/form-data.' });
    }
    if (Number(request.headers['content-length'] ?? 0) > FILE_BYTES_MAX + AROUND_BYTES_MAX)
      throw new Refusal('file_too_large');
    if ((await onDatabase(ledger.bytesOf(caller.tenant))) >= TENANT_BYTES_MAX)
      throw new Refusal('files_full');
    const id = mintFileId();
    const received: Received = { filename: '', sink: null, purpose: undefined };
    try {
      await this.receive(request, id, received);
      const sink = judged(received);
      const createdAt = new Date();
      await onStore(sink.keep());
      const { filename } = received;
      const expiresAt = new Date(createdAt.getTime() + this.parts.retentionMs);
      const file = { id, tenant: caller.tenant, filename, bytes: sink.bytes, createdAt, expiresAt };
      await onDatabase(ledger.add({ ...file, purpose: 'batch' }));
      return { ...file, purpose: 'batch' };
    } catch (error) {
      await received.sink?.discard().catch(() => undefined);
      await store.remove(id).catch(() => undefined);
      throw error;
    }
  }

  private async take(part: MultipartFile, id: string, received: Received): Promise<void> {
    if (part.fieldname !== 'file') throw refused('file', 'The file must come in the field file.');
    received.sink = await onStore(this.parts.store.create(id));
    received.filename = shownName(part.filename);
    await copy(part.file, received.sink);
  }

  private async receive(request: FastifyRequest, id: string, received: Received): Promise<void> {
    try {
      for await (const part of request.parts({ limits: LIMITS })) {
        if (part.type === 'file') await this.take(part, id, received);
        else if (part.fieldname === 'purpose') received.purpose = part.value;
      }
    } catch (error) {
      if (error instanceof Refusal) throw error;
      throw new Refusal('invalid_value', {
        param: 'file',
        message: 'The multipart body could not be read to its end.',
        cause: error,
      });
    }
  }
}

/** Ends where the file is larger than it may be: what follows is not read. */
async function copy(file: Readable & { readonly truncated: boolean }, sink: FileSink): Promise<void> {
  file.once('limit', () => file.destroy());
  try {
    for await (const chunk of file) {
      if (Buffer.isBuffer(chunk)) await onStore(sink.write(chunk));
    }
  } catch (error) {
    if (!file.truncated) throw error;
  }
  if (file.truncated) throw new Refusal('file_too_large');
}

function judged({ sink, purpose }: Received): FileSink {
  if (sink === null) throw refused('file', 'A file is missing: send it in the field file.');
  if (purpose !== 'batch') throw refused('purpose', 'purpose must be batch.');
  if (sink.bytes === 0) throw refused('file', 'The file is empty.');
  return sink;
}

const refused = (param: string, message: string): Refusal => new Refusal('invalid_value', { param, message });

/** For people only: without what would break a line or a header. */
function shownName(given: string): string {
  const shown = given.replaceAll(/[\p{Cc}\p{Cs}"\\/]/gu, '_').slice(0, FILENAME_CHARACTERS_MAX);
  return shown === '' ? 'file' : shown;
}

/** Waits for the medium of the files: what it throws is its trouble, never the caller's. */
async function onStore<T>(work: Promise<T>): Promise<T> {
  try {
    return await work;
  } catch (cause) {
    throw new Refusal('dependency_unavailable', { message: 'The file could not be stored just now.', cause });
  }
}

export const withoutDatabase = (): never => {
  throw new Refusal('dependency_unavailable', {
    message: 'Files and batches are kept in PostgreSQL: set DATABASE_URL.',
  });
};
