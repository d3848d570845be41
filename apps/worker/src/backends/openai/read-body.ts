import { types } from 'node:util';
import type { Response } from 'undici';

export const RESPONSE_BYTES_MAX = 4 * 1024 * 1024;

/** A response was longer than it may be, after decompression. */
export class OversizedResponse extends Error {
  override readonly name = 'OversizedResponse';
}

/** There was no connection, or it broke off. */
export class BrokenConnection extends Error {
  override readonly name = 'BrokenConnection';
}

/**
 * The text of a response, piece by piece as it comes.
 * @throws OversizedResponse, BrokenConnection
 */
export async function* readPieces({ body }: Response, bytesMax: number): AsyncGenerator<string> {
  if (body === null) return;
  const decoder = new TextDecoder();
  const reader: { read(): Promise<{ value?: unknown }> } = body.getReader();
  let bytes = 0;
  for (;;) {
    const { value } = await reader.read().catch((cause: unknown) => {
      throw new BrokenConnection('the answer broke off', { cause });
    });
    if (!types.isUint8Array(value)) break;
    bytes += value.byteLength;
    if (bytes > bytesMax) throw new OversizedResponse();
    yield decoder.decode(value, { stream: true });
  }
  yield decoder.decode();
}

/** @throws OversizedResponse, BrokenConnection */
export async function readText(response: Response, bytesMax = RESPONSE_BYTES_MAX): Promise<string> {
  const pieces: string[] = [];
  for await (const piece of readPieces(response, bytesMax)) pieces.push(piece);
  return pieces.join('');
}
