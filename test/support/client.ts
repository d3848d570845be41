/** One answer of the API, with its body read. */
export interface Answer {
  readonly status: number;
  readonly headers: Headers;
  readonly body: Record<string, unknown>;
  readonly tookMs: number;
}

export interface Request {
  readonly method?: string;
  readonly headers?: Record<string, string>;
  /** Sent as JSON. */
  readonly json?: unknown;
  /** Sent as it is. */
  readonly raw?: string | Uint8Array<ArrayBuffer> | ReadableStream;
  readonly signal?: AbortSignal;
  readonly redirect?: 'manual';
}

export async function send(
  url: string,
  { json, raw, headers = {}, ...request }: Request = {},
): Promise<Answer> {
  const began = performance.now();
  const body = json === undefined ? raw : JSON.stringify(json);
  const response = await fetch(url, {
    method: body === undefined ? 'GET' : 'POST',
    headers: { ...(body === undefined ? {} : { 'content-type': 'application/json' }), ...headers },
    ...(body === undefined ? {} : { body }),
    ...request,
  });
  const text = await response.text();
  return {
    status: response.status,
    headers: response.headers,
    body: text.startsWith('{') ? (JSON.parse(text) as Record<string, unknown>) : { text },
    tookMs: performance.now() - began,
  };
}

/** The code of an error answer. */
export function codeOf({ body }: Answer): unknown {
  return (body['error'] as { code?: unknown } | undefined)?.code;
}

export const generate = (
  base: string,
  json: Record<string, unknown>,
  headers: Record<string, string> = {},
  signal?: AbortSignal,
): Promise<Answer> =>
  send(`${base}/generate`, {
    json: { model: 'sim-fast', ...json },
    headers,
    ...(signal === undefined ? {} : { signal }),
  });
