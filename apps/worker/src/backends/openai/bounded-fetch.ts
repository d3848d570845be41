export const RESPONSE_BYTES_MAX = 4 * 1024 * 1024;

/** A response was longer than RESPONSE_BYTES_MAX after decompression. */
export class OversizedResponse extends Error {
  override readonly name = 'OversizedResponse';
}

/** `fetch` that follows no redirect, which would carry prompts elsewhere, and reads no more than RESPONSE_BYTES_MAX. */
export const boundedFetch: typeof fetch = async (input, init) => {
  const response = await fetch(input, { ...init, redirect: 'manual' });
  if (response.body === null) return response;
  let bytes = 0;
  const bound = new TransformStream<Uint8Array, Uint8Array>({
    transform(chunk, controller) {
      bytes += chunk.byteLength;
      if (bytes > RESPONSE_BYTES_MAX) controller.error(new OversizedResponse());
      else controller.enqueue(chunk);
    },
  });
  return new Response(response.body.pipeThrough(bound), {
    status: response.status,
    headers: response.headers,
  });
};
