import { once } from 'node:events';
import { connect, createServer, type Server, type Socket } from 'node:net';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { FaultProxy } from './fault-proxy.js';

let echo: Server;
let proxy: FaultProxy;
const sockets: Socket[] = [];

beforeEach(async () => {
  echo = createServer({ allowHalfOpen: true }, (socket) => {
    socket.on('error', () => undefined);
    socket.pipe(socket);
  });
  echo.listen(0, '127.0.0.1');
  await once(echo, 'listening');
  proxy = await FaultProxy.open((echo.address() as { port: number }).port);
});
afterEach(async () => {
  for (const socket of sockets.splice(0)) socket.destroy();
  await proxy.close();
  echo.close();
});

interface Told {
  readonly socket: Socket;
  readonly text: () => string;
  readonly closed: Promise<string>;
  until(length: number): Promise<number>;
}

function open(): Told {
  const socket = connect({ port: proxy.port, host: '127.0.0.1', allowHalfOpen: true });
  sockets.push(socket);
  let text = '';
  let cause = '';
  socket.setEncoding('latin1').on('data', (chunk: string) => (text += chunk));
  socket.on('error', (error: NodeJS.ErrnoException) => (cause = error.code ?? ''));
  const closed = new Promise<string>((resolve) => socket.once('close', () => resolve(cause)));
  return {
    socket,
    text: () => text,
    closed,
    until: async (length) => {
      const began = performance.now();
      while (text.length < length) await once(socket, 'data');
      return performance.now() - began;
    },
  };
}

describe('a link', () => {
  it('passes on every byte in its order, both ways, and the end', async () => {
    const bytes = 'abcdefghijklmnopqrstuvw'.repeat(1 << 14);
    const told = open();
    told.socket.end(bytes);
    await once(told.socket, 'end');
    expect(told.text() === bytes).toBe(true);
  });

  it('that is slow delays and thins what it passes on, and changes nothing of it', async () => {
    proxy.become({ kind: 'slow', delayMs: 100, bytesPerSecond: 64 * 1024 });
    const told = open();
    const bytes = 'abcdefgh'.repeat(2_048);
    told.socket.write(bytes);
    // 100 ms each way, and 12 KiB of 16 before the last slice at 64 KiB a second.
    expect(await told.until(bytes.length)).toBeGreaterThan(300);
    expect(told.text()).toBe(bytes);
  });

  it('that stalls takes what comes and passes on nothing, until it is clear', async () => {
    const told = open();
    told.socket.write('before ');
    await told.until(7);
    proxy.become({ kind: 'stalled' });
    told.socket.write('during ');
    const late = open();
    late.socket.write('late');
    await once(late.socket, 'connect');
    const other = await FaultProxy.open(proxy.port);
    await other.close();
    expect([told.text(), late.text()]).toEqual(['before ', '']);
    proxy.clear();
    await Promise.all([told.until(14), late.until(4)]);
    expect([told.text(), late.text()]).toEqual(['before during ', 'late']);
  });

  it('that is cut resets its connections, and takes new ones', async () => {
    const told = open();
    told.socket.write('x');
    await told.until(1);
    proxy.cut();
    expect(await told.closed).toBe('ECONNRESET');
    const next = open();
    next.socket.write('y');
    await next.until(1);
  });

  it('that refuses resets what is there and what comes, until it is clear', async () => {
    const told = open();
    told.socket.write('x');
    await told.until(1);
    proxy.become({ kind: 'refused' });
    expect(await told.closed).toBe('ECONNRESET');
    expect(await open().closed).toBe('ECONNRESET');
    proxy.clear();
    const next = open();
    next.socket.write('y');
    await next.until(1);
  });

  it('resets its caller when nobody listens behind it', async () => {
    echo.close();
    expect(await open().closed).toBe('ECONNRESET');
  });
});
