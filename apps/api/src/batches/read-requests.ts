import { LINE_BYTES_MAX, parseBatchLine, type ReadLine } from './batch-line.parser.js';
import { isBlank, splitLines } from './split-lines.js';

export type InputLine = ReadLine & {
  /** Which request of the batch it is, from 0: blank lines do not count. Names the line from its submission to its result. */
  readonly index: number;
  /** In the file, from 1. */
  readonly number: number;
};

/** The lines of a batch's input, one after the other. */
export async function* readRequests(
  chunks: AsyncIterable<unknown>,
  endpoint: string,
): AsyncGenerator<InputLine, void> {
  let index = 0;
  for await (const { number, bytes } of splitLines(chunks, LINE_BYTES_MAX)) {
    if (bytes !== null && isBlank(bytes)) continue;
    yield { ...parseBatchLine(bytes, endpoint), index, number };
    index++;
  }
}
