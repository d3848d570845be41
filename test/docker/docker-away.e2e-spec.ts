import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { setTimeout as pause } from 'node:timers/promises';
import { generate } from '../support/client.js';
import { CutSocket } from '../support/cut-socket.js';
import { testEngine } from '../support/docker-engine.js';
import { dockerWorkers } from '../support/docker-place.js';
import { ScaledPool } from '../support/scaled-pool.js';

let directory: string;
let socket: CutSocket;
let pool: ScaledPool;

beforeAll(async () => {
  directory = mkdtempSync(path.join(tmpdir(), 'sluice-socket-'));
  socket = new CutSocket(path.join(directory, 'docker.sock'), testEngine().replace(/^unix:\/\//, ''));
  await socket.mend();
  const place = { ...dockerWorkers(), env: { DOCKER_HOST: `unix://${socket.at}` } };
  pool = await ScaledPool.start({ place, scaling: { min: 0, idle_seconds: 600 } });
});
afterAll(async () => {
  await pool.stop();
  await socket.cut();
  rmSync(directory, { recursive: true, force: true });
});

describe('the Docker socket away', () => {
  it('leaves the service as it is, takes no worker away, and is got over', async () => {
    await pool.order('floor', 2);
    const before = await pool.untilWorkers(2);
    await socket.cut();
    await pool.untilReport('the trouble to be told', ({ instances, troubles }) => {
      return instances === null && troubles.length > 0;
    });
    for (let looks = 0; looks < 20; looks += 1) {
      const { status } = await generate(pool.stack.url(), { prompt: 'work on' });
      expect(status).toBe(200);
      const said = await pool.report();
      expect(said?.decision.desired).toBeGreaterThanOrEqual(2);
      await pause(250);
    }
    const during = await pool.workers();
    expect(during.map(({ id }) => id).sort()).toEqual(before.map(({ id }) => id).sort());

    await socket.mend();
    await pool.order('floor', 3);
    await pool.untilWorkers(3);
  });
});
