import { createServer, type Server } from 'node:http';
import { type AddressInfo, connect, type Socket } from 'node:net';
import { once } from 'node:events';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { eventually } from '../../../../test/support/eventually.js';
import { limitBodyTime } from './body-deadline.js';

const DEADLINES = { bodyMs: 300, stalledMs: 300, lingerMs: 300 };

let server: Server;
let isAnsweredAtOnce = false;
const sockets: Socket[] = [];

beforeEach(async () => {
  isAnsweredAtOnce = false;
  server = createServer((request, response) => {
    if (isAnsweredAtOnce) response.end('early');
    request.resume().on('end', () => response.end('whole'));
    request.on('error', () => undefined);
  });
  limitBodyTime(server, DEADLINES);
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
});
afterEach(async () => {
  for (const socket of sockets.splice(0)) socket.destroy();
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
});

/** Begins a request of 100 bytes. */
function begin(path: string, type = 'multipart/form-data; boundary=b') {
  const socket = connect((server.address() as AddressInfo).port, '127.0.0.1');
  const seen = { text: '', isCut: false };
  socket.on('data', (chunk) => (seen.text += chunk.toString()));
  socket.on('close', () => (seen.isCut = true));
  socket.on('error', () => undefined);
  socket.write(`POST ${path} HTTP/1.1\r\nhost: a\r\ncontent-type: ${type}\r\ncontent-length: 100\r\n\r\n`);
  sockets.push(socket);
  return { socket, seen };
}

/** One byte every 50 ms. */
function drip(socket: Socket, bytes: number): NodeJS.Timeout {
  let sent = 0;
  const timer = setInterval(() => {
    socket.write('x');
    if (++sent === bytes) clearInterval(timer);
  }, 50);
  return timer;
}

describe('a body', () => {
  it.each([
    ['/generate', 'application/json'],
    ['/v1/files', 'application/json'],
    ['/generate', 'multipart/form-data; boundary=b'],
  ])('of %s as %s that does not come whole in time is cut, however steadily it drips', async (path, type) => {
    const { socket, seen } = begin(path, type);
    const dripping = drip(socket, 100);
    await eventually('the line to be cut', () => (seen.isCut ? true : null));
    clearInterval(dripping);
    expect(seen.text).toBe('');
  });

  it('of an upload may take as long as it goes on, and is cut when it stalls', async () => {
    const [steady, stalled] = [begin('/v1/files?x=1'), begin('/v1/files')];
    drip(steady.socket, 100);
    await eventually('the stalled one to be cut', () => (stalled.seen.isCut ? true : null));
    await eventually(
      'the steady one to be answered',
      () => (steady.seen.text.includes('whole') ? true : null),
      { withinMs: 20_000 },
    );
    expect(steady.seen.isCut).toBe(false);
  });

  it('that is answered before it has come is read a little longer, then cut', async () => {
    isAnsweredAtOnce = true;
    const { socket, seen } = begin('/v1/files');
    const dripping = drip(socket, 100);
    await eventually('the answer', () => (seen.text.includes('early') ? true : null));
    await eventually('the line to be cut', () => (seen.isCut ? true : null));
    clearInterval(dripping);
  });

  it('that comes whole leaves its connection open', async () => {
    const { socket, seen } = begin('/generate');
    socket.write('x'.repeat(100));
    await eventually('the answer', () => (seen.text.includes('whole') ? true : null));
    const again = begin('/generate');
    await eventually('a later one to be cut', () => (again.seen.isCut ? true : null));
    expect(seen.isCut).toBe(false);
  });
});
