import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { Redis } from 'ioredis';
import { freePort } from '../../scripts/local/free-port.js';
import { startProcess } from '../../scripts/local/process.js';
import { type RedisServer, startRedis } from '../../scripts/local/redis.js';

const directory = mkdtempSync(path.join(tmpdir(), 'sluice-boot-'));
let durable: RedisServer;
let volatile: RedisServer;

beforeAll(async () => {
  durable = await startRedis({ directory: path.join(directory, 'durable') });
  volatile = await startRedis({ directory: path.join(directory, 'volatile'), appendonly: false });
});
afterAll(async () => {
  await Promise.all([durable.stop(), volatile.stop()]);
  rmSync(directory, { recursive: true, force: true });
});

interface Ended {
  readonly code: number | null;
  readonly stderr: string;
}

type App = 'api' | 'worker' | 'scaler';

const scriptOf = (app: App): string => path.resolve('dist/apps', app, 'src/main.js');

const environmentOf = (env: Record<string, string>): NodeJS.ProcessEnv => ({
  PATH: process.env['PATH'],
  REDIS_URL: durable.url,
  PORT: '0',
  WORKER_ROLES: 'generate',
  ...env,
});

const boot = (app: App, env: Record<string, string>): Promise<Ended> =>
  run(scriptOf(app), environmentOf(env));

function run(script: string, env: NodeJS.ProcessEnv): Promise<Ended> {
  const child = spawn(process.execPath, [script], {
    env,
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  let stderr = '';
  child.stderr.on('data', (chunk) => {
    stderr += String(chunk);
  });
  return new Promise((resolve) => {
    child.on('close', (code) => {
      resolve({ code, stderr });
    });
  });
}

/** One sentence that says what to do, on one line for each problem, and no stack. */
function expectSentence({ code, stderr }: Ended, ...parts: RegExp[]): void {
  expect(code).toBe(1);
  expect(stderr).not.toMatch(/^\s+at /m);
  for (const part of parts) expect(stderr).toMatch(part);
}

/** It listens, answers, and ends with 0 when it is told to. */
async function expectToRun(app: App, env: Record<string, string>): Promise<void> {
  const running = await startProcess({
    name: app,
    script: scriptOf(app),
    env: environmentOf(env),
    inheritOutput: false,
  });
  const { status } = await fetch(`http://127.0.0.1:${running.port}/health/readiness`);
  await running.stop(20_000);
  expect([status, (await running.exited).code]).toEqual([200, 0]);
}

describe('a process that cannot start says why in a sentence and exits with 1', () => {
  it('when its port is in use', async () => {
    const taken = createServer().unref().listen(0, '127.0.0.1');
    await once(taken, 'listening');
    const { port } = taken.address() as AddressInfo;
    expectSentence(
      await boot('api', { PORT: String(port) }),
      new RegExp(`^Port ${port} is in use: .*set PORT`),
    );
    expectSentence(await boot('worker', { METRICS_PORT: String(port) }), /is in use: .*set METRICS_PORT/);
    expectSentence(await boot('scaler', { METRICS_PORT: String(port) }), /is in use: .*set METRICS_PORT/);
    taken.close();
  });

  it('when Redis would forget accepted jobs, unless that is allowed', async () => {
    expectSentence(
      await boot('api', { REDIS_URL: volatile.url }),
      /append-only.*"appendonly yes".*REDIS_ALLOW_VOLATILE/,
    );
    expectSentence(await boot('worker', { REDIS_URL: volatile.url }), /append-only/);
    expectSentence(await boot('scaler', { REDIS_URL: volatile.url }), /append-only/);
    await expectToRun('api', { REDIS_URL: volatile.url, REDIS_ALLOW_VOLATILE: 'true' });
    await expectToRun('worker', { REDIS_URL: volatile.url, REDIS_ALLOW_VOLATILE: 'true' });
  });

  it('when Redis may evict keys, unless that is allowed', async () => {
    const admin = new Redis(durable.url);
    await admin.config('SET', 'maxmemory-policy', 'allkeys-lru');
    try {
      expectSentence(await boot('api', {}), /may evict keys .*allkeys-lru.*"maxmemory-policy noeviction"/);
      expectSentence(await boot('worker', {}), /may evict keys/);
      await expectToRun('api', { REDIS_ALLOW_VOLATILE: 'true' });
    } finally {
      await admin.config('SET', 'maxmemory-policy', 'noeviction');
      admin.disconnect();
    }
    await expectToRun('api', {});
  });

  it('when Redis cannot be reached, without showing the password', async () => {
    const url = `redis://:secret@127.0.0.1:${await freePort()}`;
    const ended = await boot('api', { REDIS_URL: url });
    expectSentence(ended, /^Redis at redis:\/\/:\*\*\*@127\.0\.0\.1.*cannot be used.*REDIS_URL/);
    expect(ended.stderr).not.toContain('secret');
  });

  it('when the configuration is wrong, with every problem of environment and file at once', async () => {
    const file = path.join(directory, 'wrong.yaml');
    writeFileSync(file, 'pools: { default: { models: ["*"], queued_mx: 3 } }\ntiers: 7\n');
    const env = { SLUICE_CONFIG: file, WORKER_SLOTZ: '3', PORT: 'eighty', LOG_LEVEL: 'loud' };
    expectSentence(
      await boot('api', env),
      /has 5 problems/,
      /WORKER_SLOTZ: unknown environment key; did you mean WORKER_SLOTS\?/,
      /PORT/,
      /LOG_LEVEL/,
      /pools\.default: .*queued_mx/,
      /tiers/,
    );
  });

  it('when a worker is given a pool that is not configured', async () => {
    expectSentence(await boot('worker', { POOL: 'gold' }), /POOL is gold/);
  });

  it('when npm start is told a number of workers, as earlier releases were, and says what to set instead', async () => {
    expectSentence(
      await run(path.resolve('dist/scripts/start.js'), {
        PATH: process.env['PATH'],
        SLUICE_HOME: path.join(directory, 'home'),
        WORKERS: '3',
      }),
      /WORKERS: .*pools\.default\.scaling\.min and max/,
    );
  });
});
