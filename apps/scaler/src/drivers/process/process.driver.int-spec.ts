import { fork } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, describe, expect, it } from '@jest/globals';
import { describeDriver } from '../../../../../test/support/driver-contract.js';
import { eventually } from '../../../../../test/support/eventually.js';
import { ProcessDriver, type ProcessDriverOptions } from './process.driver.js';

const script = path.resolve('test/support/tiny-worker.mjs');

const directory = mkdtempSync(path.join(tmpdir(), 'sluice-process-'));
const logFile = path.join(directory, 'workers.log');
const AT_FIRST = { epoch: 1 };

const driverOf = (more: Partial<ProcessDriverOptions> = {}): ProcessDriver =>
  new ProcessDriver({ pool: 'default', script, slots: 4, env: {}, logFile, ...more });

async function untilUp(name: string): Promise<void> {
  await eventually(`${name} to be up`, () => readFileSync(logFile, 'utf8').includes(`up ${name}\n`) || null);
}

afterAll(() => {
  rmSync(directory, { recursive: true, force: true });
});

describeDriver('process', async () => ({
  driver: driverOf(),
  crashing: driverOf({ env: { TINY_EXIT: '3' } }),
  unreachable: driverOf({ execPath: '/nowhere/node' }),
  another: () => driverOf(),
  runForeign: async () => {
    const child = fork(script, [], { stdio: ['ignore', 'ignore', 'ignore', 'ipc'] });
    return {
      name: String(child.pid),
      end: async () => {
        child.kill('SIGKILL');
        await once(child, 'exit');
      },
    };
  },
  untilUp,
  end: async () => undefined,
}));

describe('a worker of the process driver', () => {
  it('is told its pool, role, slots and name, whatever its scaler was told', async () => {
    const driver = driverOf({ pool: 'slow', env: { POOL: 'no', WORKER_SLOTS: '1', METRICS_PORT: '9' } });
    const [name = ''] = await driver.start({ count: 1, ...AT_FIRST });
    await untilUp(name);
    const told = readFileSync(logFile, 'utf8').split(`up ${name}\n`)[1] ?? '';
    expect(JSON.parse(told)).toEqual({
      POOL: 'slow',
      WORKER_ROLES: 'generate',
      WORKER_SLOTS: '4',
      METRICS_PORT: '0',
      WORKER_INSTANCE: name,
    });
    await driver.release();
  });

  it('is killed when it was asked to end and does not, so that nothing is left behind', async () => {
    const driver = driverOf({ endMsMax: 300, env: { TINY_DEAF: 'yes' } });
    const [name = ''] = await driver.start({ count: 1, ...AT_FIRST });
    await untilUp(name);
    await driver.release();
    expect(await driver.list()).toMatchObject([{ name, state: 'ended', ended: { code: null } }]);
  });

  it('is asked to end once, however often: a second signal would end it at once', async () => {
    const driver = driverOf({ endMsMax: 300, env: { TINY_DEAF: 'yes' } });
    const [name = ''] = await driver.start({ count: 1, ...AT_FIRST });
    await untilUp(name);
    const asked = (): number => readFileSync(logFile, 'utf8').split(`asked ${name}\n`).length - 1;
    await driver.stop(name);
    await eventually('the first signal', () => asked() > 0 || null);
    await driver.stop(name);
    await driver.release();
    expect(asked()).toBe(1);
  });
});
