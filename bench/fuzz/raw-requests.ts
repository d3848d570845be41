import fc from 'fast-check';

const HEADS = [
  'GET /health HTTP/1.1\r\nhost: x\r\n',
  'GET /jobs HTTP/1.1\r\nhost: x\r\n',
  'POST /generate HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\n',
  'POST /v1/chat/completions HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\n',
  'GET /v1/models HTTP/1.0\r\n',
  'GET /health HTTP/1.1\r\n',
  'GET http://elsewhere.invalid/health HTTP/1.1\r\nhost: x\r\n',
  'CONNECT elsewhere.invalid:443 HTTP/1.1\r\nhost: x\r\n',
  'GET /health HTTP/2.0\r\nhost: x\r\n',
  'GET  /health HTTP/1.1\r\nhost: x\r\n',
  'get /health HTTP/1.1\r\nhost: x\r\n',
  'GET /\u0000 HTTP/1.1\r\nhost: x\r\n',
  'GET /\u00ff\u00fe HTTP/1.1\r\nhost: x\r\n',
  '\r\n\r\nGET /health HTTP/1.1\r\nhost: x\r\n',
  `GET /${'p'.repeat(20_000)} HTTP/1.1\r\nhost: x\r\n`,
  'PRI * HTTP/2.0\r\n\r\nSM\r\n',
  '\u0016\u0003\u0001\u0002\u0000\u0001\u0000\r\n',
];

const HEADERS = [
  '',
  'content-length: 2\r\n',
  'content-length: -1\r\n',
  'content-length: 2\r\ncontent-length: 3\r\n',
  'content-length: 99999999999999999999\r\n',
  'transfer-encoding: chunked\r\n',
  'transfer-encoding: chunked\r\ncontent-length: 2\r\n',
  'transfer-encoding: gzip\r\n',
  'host: y\r\n',
  'x: a\u0000b\r\n',
  'x : a\r\n',
  ': a\r\n',
  'x\r\n',
  ' folded: a\r\n',
  `x: ${'h'.repeat(20_000)}\r\n`,
  `${Array.from({ length: 300 }, (_, at) => `x${at}: y`).join('\r\n')}\r\n`,
  'expect: 100-continue\r\n',
  'expect: x\r\n',
  'connection: upgrade\r\nupgrade: websocket\r\nsec-websocket-key: x\r\n',
  'connection: upgrade, http2-settings\r\nupgrade: h2c\r\nhttp2-settings: x\r\n',
  'connection: close\r\n',
  'content-type: application/json\r\ncontent-type: text/plain\r\n',
  'x-user-id: \u00e9\u00ff\r\n',
];

const BODIES = [
  '',
  '{}',
  '2\r\n{}\r\n0\r\n\r\n',
  'zz\r\n',
  '0\r\n\r\n',
  '{}{}GET /health HTTP/1.1\r\nhost: x\r\n\r\n',
  '\u0000',
];

/** Bytes that are nearly HTTP/1.1: whole heads, so that nobody waits for the rest of one. */
export const rawRequests: fc.Arbitrary<Uint8Array> = fc
  .tuple(
    fc.constantFrom(...HEADS),
    fc.array(fc.constantFrom(...HEADERS), { maxLength: 3 }),
    fc.constantFrom(...BODIES),
  )
  .map(([head, headers, body]) => Buffer.from(`${head}${headers.join('')}\r\n${body}`, 'latin1'));
