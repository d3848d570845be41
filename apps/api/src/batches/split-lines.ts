const NEWLINE = 0x0a;
const BLANK = new Set([0x09, 0x0a, 0x0d, 0x20]);

export interface TextLine {
  /** In the file, from 1. */
  readonly number: number;
  /** Without its newline; null when it is longer than it may be. */
  readonly bytes: Buffer | null;
  /** Whether its newline is there: a line that was torn by a crash has none. */
  readonly isWhole: boolean;
}

/** The lines of a stream, one after the other; never more than one line and one chunk are held. */
export async function* splitLines(
  chunks: AsyncIterable<unknown>,
  bytesMax: number,
): AsyncGenerator<TextLine, void> {
  let number = 1;
  let held: Buffer[] = [];
  let heldBytes = 0;
  const take = (piece: Buffer): void => {
    heldBytes += piece.length;
    if (heldBytes > bytesMax) held = [];
    else held.push(piece);
  };
  const line = (isWhole: boolean): TextLine => {
    const taken = { number, bytes: heldBytes > bytesMax ? null : Buffer.concat(held), isWhole };
    held = [];
    heldBytes = 0;
    number++;
    return taken;
  };
  for await (const chunk of chunks) {
    if (!Buffer.isBuffer(chunk)) throw new TypeError('a stream of bytes was expected');
    let from = 0;
    for (let at = chunk.indexOf(NEWLINE); at !== -1; at = chunk.indexOf(NEWLINE, from)) {
      take(chunk.subarray(from, at));
      from = at + 1;
      yield line(true);
    }
    if (from < chunk.length) take(chunk.subarray(from));
  }
  if (heldBytes > 0) yield line(false);
}

export const isBlank = (bytes: Buffer): boolean => bytes.every((byte) => BLANK.has(byte));
