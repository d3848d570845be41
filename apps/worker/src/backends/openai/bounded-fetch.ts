import { type Dispatcher, fetch as fetchThrough } from 'undici';

export const RESPONSE_BYTES_MAX = 4 * 1024 * 1024;

/** A response was longer than RESPONSE_BYTES_MAX after decompression. */
export class OversizedResponse extends Error {
  override readonly name = 'OversizedResponse';
}

/** `fetch` that follows no redirect, which would carry prompts elsewhere, and reads no more than RESPONSE_BYTES_MAX. */
export const boundedFetch: typeof fetch = async (input, init) =>
  bounded(await fetch(input, { ...init, redirect: 'manual' }));

/** The same over connections that `dispatcher` opens. Node's own `fetch` takes none of the undici package. */
export const boundedFetchThrough =
  (dispatcher: Dispatcher): typeof fetch =>
  async (input, init) => {
    const { method = 'GET', headers, body, signal } = init ?? {};
    const response = await fetchThrough(input instanceof Request ? input.url : input, {
      method,
      headers: Object.fromEntries(new Headers(headers)),
      body: typeof body === 'string' ? body : null,
      signal: signal ?? null,
      redirect: 'manual',
      dispatcher,
    });
    return bounded({
      status: response.status,
      headers: new Headers([...response.headers]),
      body: response.body,
    });
  };

function bounded({ status, headers, body }: Pick<Response, 'status' | 'headers' | 'body'>): Response {
  let bytes = 0;
  const bound = new TransformStream<Uint8Array, Uint8Array>({
    transform(chunk, controller) {
      bytes += chunk.byteLength;
      if (bytes > RESPONSE_BYTES_MAX) controller.error(new OversizedResponse());
      else controller.enqueue(chunk);
    },
  });
  return new Response(body === null ? null : body.pipeThrough(bound), { status, headers });
}
