import { type FileHandle, open, rename, rm } from 'node:fs/promises';
import path from 'node:path';
import type { FileSink } from './file-store.js';

/** A write of a few lines costs as much as one of many. */
const BUFFERED_BYTES = 64 * 1024;

/** Writes to a temporary name. `keep` brings the bytes to the disk before the name, and the name before it returns. */
export class DiskSink implements FileSink {
  private held: Uint8Array[] = [];
  private heldBytes = 0;
  private written = 0;

  private constructor(
    private readonly handle: FileHandle,
    private readonly temporary: string,
    private readonly final: string,
  ) {}

  static async open(temporary: string, final: string): Promise<DiskSink> {
    return new DiskSink(await open(temporary, 'wx', 0o600), temporary, final);
  }

  get bytes(): number {
    return this.written + this.heldBytes;
  }

  async write(chunk: Uint8Array): Promise<void> {
    this.held.push(chunk);
    this.heldBytes += chunk.byteLength;
    if (this.heldBytes >= BUFFERED_BYTES) await this.flush();
  }

  async keep(): Promise<void> {
    await this.flush();
    await this.handle.sync();
    await this.handle.close();
    await rename(this.temporary, this.final);
    const directory = await open(path.dirname(this.final), 'r');
    try {
      await directory.sync();
    } finally {
      await directory.close();
    }
  }

  async discard(): Promise<void> {
    this.held = [];
    await this.handle.close().catch(() => undefined);
    await rm(this.temporary, { force: true });
  }

  private async flush(): Promise<void> {
    const chunk = Buffer.concat(this.held);
    this.held = [];
    this.heldBytes = 0;
    this.written += chunk.byteLength;
    await this.handle.appendFile(chunk);
  }
}
