import type { Readable } from 'node:stream';

/** A file that is being written. Nobody sees it until it is kept; what is neither kept nor discarded is swept later. */
export interface FileSink {
  readonly bytes: number;
  write(chunk: Uint8Array): Promise<void>;
  /** From here on the file is there, whole, also after a crash of the process. */
  keep(): Promise<void>;
  discard(): Promise<void>;
}

/** Where the bytes of files are, by their ids. Throws what the medium throws. */
export interface FileStore {
  create(id: string): Promise<FileSink>;
  /** Null when there is no such file. */
  read(id: string): Promise<Readable | null>;
  /** In bytes; null when there is no such file. */
  size(id: string): Promise<number | null>;
  /** Also when there is no such file. */
  remove(id: string): Promise<void>;
  /** Removes what nobody can want any more: unfinished files older than a day, and all files older than `ageMs`. */
  sweep(ageMs: number): Promise<number>;
}
