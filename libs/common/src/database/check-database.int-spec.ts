import { createServer, type Server } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { type OwnServers, startOwnServers } from '../../../../test/support/own-servers.js';
import { checkDatabase } from './check-database.js';
import { openPrisma } from './prisma.js';

let servers: OwnServers;
let silent: Server;
let silentUrl: string;

beforeAll(async () => {
  servers = await startOwnServers();
  silent = createServer((socket) => socket.on('error', () => {}));
  await new Promise<void>((listening) => silent.listen(0, '127.0.0.1', listening));
  const address = silent.address();
  silentUrl = `postgresql://postgres:hidden@127.0.0.1:${String(typeof address === 'object' ? address?.port : '')}/sluice`;
});
afterAll(async () => {
  silent.close();
  await servers.end();
});

describe('a PostgreSQL at start', () => {
  it('is waited for', async () => {
    await servers.postgres.stop();
    const waiting = checkDatabase(servers.postgres.url(), 20_000);
    await servers.postgres.restart();
    await waiting;
  });

  it('that never answers is named in one sentence without its password', async () => {
    const error = await checkDatabase(silentUrl, 400).then(
      () => null,
      (caught: unknown) => caught as Error,
    );
    expect(error?.name).toBe('BootError');
    expect(error?.message).toMatch(/^PostgreSQL at postgresql:\/\/postgres:\*\*\*@127.*cannot be used/);
    expect(error?.message).not.toContain('hidden');
  });

  it('without the database asked for is not waited for', async () => {
    const began = performance.now();
    await expect(checkDatabase(servers.postgres.url('nowhere'), 20_000)).rejects.toThrow(
      '"nowhere" does not exist',
    );
    expect(performance.now() - began).toBeLessThan(5_000);
  });
});

describe('a frozen PostgreSQL', () => {
  it('does not hold a query for ever', async () => {
    const prisma = openPrisma(silentUrl, 2);
    const began = performance.now();
    await expect(prisma.$queryRaw`SELECT 1`).rejects.toThrow();
    expect(performance.now() - began).toBeLessThan(6_000);
    await prisma.$disconnect();
  });
});
