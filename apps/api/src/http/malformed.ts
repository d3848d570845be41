import { type Server, STATUS_CODES } from 'node:http';
import type { Socket } from 'node:net';
import { mintRequestId } from '#common/contracts/ids.js';
import { type ErrorCode } from '#common/errors/catalogue.js';
import { Refusal } from '#common/errors/refusal.js';
import { errorAnswer } from './error-answer.js';

const CODES: Readonly<Record<string, ErrorCode>> = {
  ERR_HTTP_REQUEST_TIMEOUT: 'request_timeout',
  HPE_HEADER_OVERFLOW: 'headers_too_large',
};

/** The whole answer to what never became a request, in the shape of every other error. */
export function malformedAnswer(code: string | undefined): string {
  // Nobody knows which route was meant.
  const request = { id: mintRequestId(), url: '' };
  const { status, headers, body } = errorAnswer(
    new Refusal(CODES[code ?? ''] ?? 'malformed_request'),
    request,
  );
  const text = JSON.stringify(body);
  const lines = Object.entries({
    ...headers,
    'x-request-id': request.id,
    'content-length': String(Buffer.byteLength(text)),
    connection: 'close',
  }).map(([name, value]) => `${name}: ${value}\r\n`);
  return `HTTP/1.1 ${status} ${STATUS_CODES[status] ?? ''}\r\n${lines.join('')}\r\n${text}`;
}

/** Node's parser gave a connection up: no route, hook or filter has seen anything of what came. */
export function answerMalformed(error: NodeJS.ErrnoException, socket: Socket): void {
  if (error.code === 'ECONNRESET' || socket.destroyed) return;
  if (socket.writable) socket.write(malformedAnswer(error.code));
  socket.destroy();
}

/** Node answers 417 by itself, without a body, to what it does not know. RFC 9110 (10.1.1) lets us pass it over. */
export function ignoreExpectations(server: Server): void {
  server.on('checkExpectation', (request, response) => server.emit('request', request, response));
}
