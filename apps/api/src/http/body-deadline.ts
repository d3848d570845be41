import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import { UPLOAD_PATH } from './multipart.js';

/** Node's own limit on a whole request: 100 MiB at 1 Mbit/s take 14 minutes. */
export const REQUEST_MS_MAX = 20 * 60_000;

const BODY_MS_MAX = 30_000;
/** An upload that brings no byte for so long is cut. */
const STALLED_MS_MAX = 30_000;
/** Whoever was answered may go on sending for this long, so that he reads the answer before the line is cut. */
const LINGER_MS_MAX = 10_000;

export interface BodyDeadlines {
  readonly bodyMs: number;
  readonly stalledMs: number;
  readonly lingerMs: number;
}

const DEADLINES: BodyDeadlines = {
  bodyMs: BODY_MS_MAX,
  stalledMs: STALLED_MS_MAX,
  lingerMs: LINGER_MS_MAX,
};

/**
 * Cuts the line of whoever sends a body too slowly: 30 s for a body, but an upload only has to go on. It stands before
 * Fastify, so that it holds for requests that no route sees too. Node's `requestTimeout` bounds uploads, its `headersTimeout` all headers.
 */
export function limitBodyTime(server: Server, deadlines: BodyDeadlines = DEADLINES): void {
  server.prependListener('request', (request: IncomingMessage, response: ServerResponse) => {
    if (hasBody(request)) watch(request, response, deadlines);
  });
}

function watch(request: IncomingMessage, response: ServerResponse, deadlines: BodyDeadlines): void {
  const cut = (): void => {
    if (!request.complete) request.socket.destroy();
  };
  let timer = isUpload(request)
    ? cutWhenStalled(request, cut, deadlines.stalledMs)
    : setTimeout(cut, deadlines.bodyMs);
  const stop = (): void => {
    clearTimeout(timer);
  };
  request.once('end', stop);
  request.once('close', stop);
  response.once('finish', () => {
    stop();
    if (!request.complete) timer = setTimeout(cut, deadlines.lingerMs);
  });
}

/** By the bytes that came over the line, whoever reads them. */
function cutWhenStalled(request: IncomingMessage, cut: () => void, stalledMs: number): NodeJS.Timeout {
  let seen = request.socket.bytesRead;
  return setInterval(() => {
    const { bytesRead } = request.socket;
    if (bytesRead === seen) cut();
    seen = bytesRead;
  }, stalledMs);
}

const hasBody = ({ headers }: IncomingMessage): boolean =>
  headers['transfer-encoding'] !== undefined || Number(headers['content-length'] ?? 0) > 0;

/** Anything else on that path is read whole before anybody asks who sends it. */
const isUpload = ({ method, url = '', headers }: IncomingMessage): boolean =>
  method === 'POST' &&
  url.split('?', 1)[0] === UPLOAD_PATH &&
  /^multipart\/form-data\b/i.test(headers['content-type'] ?? '');
