import { type FileHandle, mkdir, open } from 'node:fs/promises';
import path from 'node:path';

export const PART_KINDS = ['output', 'errors'] as const;
export type PartKind = (typeof PART_KINDS)[number];

/** A finished line of a batch: the text is the line of the result file. */
export interface PartLine {
  readonly index: number;
  readonly text: string;
}

/**
 * Appends finished lines to the two part files of one feeder, each line after its number. Nobody else writes to them. After a
 * write that failed it takes no more, so that only the last line of a part can be torn.
 */
export class PartWriter {
  private readonly handles = new Map<PartKind, FileHandle>();
  private last: Promise<void> = Promise.resolve();

  /** `name` is that of one feeder and of no other. */
  constructor(
    private readonly directory: string,
    private readonly name: string,
  ) {}

  /** Resolves when the lines outlive this process. Throws what the medium throws, then always. */
  append(kind: PartKind, lines: readonly PartLine[]): Promise<void> {
    this.last = this.last.then(() => this.write(kind, lines));
    return this.last;
  }

  async close(): Promise<void> {
    await this.last.catch(() => undefined);
    for (const handle of this.handles.values()) await handle.close();
    this.handles.clear();
  }

  private async write(kind: PartKind, lines: readonly PartLine[]): Promise<void> {
    const handle = this.handles.get(kind) ?? (await this.open(kind));
    await handle.appendFile(lines.map(({ index, text }) => `${index}\t${text}\n`).join(''));
  }

  private async open(kind: PartKind): Promise<FileHandle> {
    await mkdir(this.directory, { recursive: true, mode: 0o700 });
    const handle = await open(path.join(this.directory, `${kind}.${this.name}`), 'ax', 0o600);
    this.handles.set(kind, handle);
    return handle;
  }
}
