import { mkdtempSync, rmSync } from 'node:fs';
import { type Server, type Socket, createServer as createTcpServer } from 'node:net';
import { createServer as createHttpServer } from 'node:http';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { DriverTrouble } from '../driver.js';
import { DockerDriver } from './docker.driver.js';

const WITHIN_MS = 500;
const OPTIONS = {
  pool: 'default',
  slots: 1,
  redisUrl: 'redis://127.0.0.1:6379',
  deployment: 'test',
  withinMs: WITHIN_MS,
  docker: { image: 'sluice-worker', env: {}, mounts: [] },
};

const listing = (dockerHost: string) => new DockerDriver({ ...OPTIONS, dockerHost }).list();

describe('a Docker Engine that cannot be asked', () => {
  let directory = '';
  const servers: Server[] = [];
  const sockets: Socket[] = [];

  beforeEach(() => {
    directory = mkdtempSync(path.join(tmpdir(), 'sluice-engine-'));
  });

  afterEach(() => {
    for (const socket of sockets.splice(0)) socket.destroy();
    for (const server of servers.splice(0)) server.close();
    rmSync(directory, { recursive: true, force: true });
  });

  async function listenOn(server: Server, at: string | number): Promise<string> {
    servers.push(server);
    server.on('connection', (socket) => sockets.push(socket));
    await new Promise<void>((resolve) => server.listen(at, resolve));
    const address = server.address();
    return typeof address === 'string' ? `unix://${address}` : `http://127.0.0.1:${address?.port}`;
  }

  it('is trouble that says where it was looked for, when its socket is not there', async () => {
    const host = `unix://${directory}/docker.sock`;
    await expect(listing(host)).rejects.toThrow(DriverTrouble);
    await expect(listing(host)).rejects.toThrow(`There is no Docker Engine at ${host}.`);
  });

  it('is trouble within the deadline when it does not answer', async () => {
    const host = await listenOn(
      createTcpServer((socket) => void socket.on('error', () => {}).resume()),
      path.join(directory, 'docker.sock'),
    );
    await expect(listing(host)).rejects.toThrow('did not answer within 0.5 s');
  });

  it('is trouble that names what a socket proxy has to let pass, when the proxy forbids it', async () => {
    const host = await listenOn(
      createHttpServer((_request, response) => response.writeHead(403).end('Forbidden')),
      0,
    );
    await expect(listing(host)).rejects.toThrow('let it pass containers, images and POST');
  });

  it('is trouble when something else answers in its place', async () => {
    const host = await listenOn(
      createHttpServer((_request, response) => response.end('<html>hello</html>')),
      0,
    );
    await expect(listing(host)).rejects.toThrow('does not answer like a Docker Engine');
  });
});
