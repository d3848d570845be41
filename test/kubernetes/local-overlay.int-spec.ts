import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import process from 'node:process';
import { text } from 'node:stream/consumers';
import { afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { freePort } from '../../scripts/local/free-port.js';
import { onPath } from '../../scripts/local/tools.js';
import { eventually } from '../support/eventually.js';
import { hasKubectl, renderOverlays } from '../support/kubernetes/kustomize.js';
import { type Workload, onlyContainerOf, workloadsOf } from '../support/kubernetes/manifest.js';

const PASSWORD = 'a-password-of-$dollars';
const whenKubectl = hasKubectl() ? describe : describe.skip;
const whenRedis = onPath(['redis-server']) === null ? describe.skip : describe;

whenKubectl('overlays/local', () => {
  let workloads: readonly Workload[];

  beforeAll(() => {
    workloads = workloadsOf(renderOverlays(['local']).get('local') ?? []);
  });

  it('takes the images that were loaded into the cluster, and asks no registry for them', () => {
    const ours = workloads
      .map(onlyContainerOf)
      .filter(({ image = '' }) => image.startsWith('sluice-'))
      .map(({ image, imagePullPolicy = 'by the tag' }) => `${image ?? ''} ${imagePullPolicy}`);
    expect(ours.sort()).toEqual([
      'sluice-api:local by the tag',
      'sluice-scaler:local by the tag',
      'sluice-worker:local by the tag',
      'sluice-worker:local by the tag',
    ]);
    const page = readFileSync('docs/production.md', 'utf8');
    expect(page).toContain('for process in api worker scaler');
    expect(page).toContain('docker build --target $process -t sluice-$process:local .');
  });

  whenRedis('has a Redis', () => {
    let directory: string;
    let port: number;
    let server: ChildProcess;

    beforeEach(async () => {
      directory = mkdtempSync(path.join(tmpdir(), 'sluice-local-redis-'));
      port = await freePort();
      const redis = workloads.find(({ metadata }) => metadata.name === 'redis');
      if (redis === undefined) throw new Error('no Redis');
      const [shell = '', ...args] = onlyContainerOf(redis).command ?? [];
      const here = args.map((one) => one.replace('--dir /data', `--dir ${directory} --port ${port}`));
      const env = { ...process.env, REDIS_PASSWORD: PASSWORD };
      server = spawn(shell, here, { env, stdio: 'ignore', detached: true });
    });

    afterEach(() => {
      // A shell that is not replaced leaves its Redis behind: the whole group goes.
      if (server.pid !== undefined && server.exitCode === null) process.kill(-server.pid, 'SIGKILL');
      rmSync(directory, { recursive: true, force: true });
    });

    /** What Redis says to one who comes with a password. */
    async function answerTo(password: string): Promise<string> {
      const socket = connect(port, '127.0.0.1');
      socket.write(`AUTH ${password}\r\nPING\r\nQUIT\r\n`);
      return text(socket).catch(() => '');
    }

    it('that answers whoever knows the password, and itself hears that its pod ends', async () => {
      await eventually('Redis to answer', async () => (await answerTo(PASSWORD)).includes('+PONG') || null);
      expect(await answerTo('another')).toMatch(/^-WRONGPASS.*\r\n-NOAUTH/);
      const exit = once(server, 'exit');
      server.kill('SIGTERM');
      expect(await exit).toEqual([0, null]);
    });
  });
});
