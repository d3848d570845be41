import { describe, expect, it } from '@jest/globals';
import { type WorkerPresence, workerPresence } from '#common/contracts/worker-presence.js';
import type { DrivenInstance, Driver } from '../drivers/driver.js';
import type { PoolSights } from '../reading/pool-reader.js';
import { ObservedReader } from './observed-reader.js';
import { ObservedWorkers } from './observed-workers.js';

const beat = (id: string, more: Partial<WorkerPresence> = {}): WorkerPresence =>
  workerPresence.parse({
    id,
    pool: 'default',
    roles: ['generate'],
    state: 'ready',
    slots: 4,
    active: 0,
    host: 'h',
    pid: 1,
    metrics_port: 1,
    born_ms: 5,
    backends: [],
    ...more,
  });
const own: DrivenInstance = { name: 'default-1', state: 'running', spec: 's1', born_ms: 1, ended: null };
const driver = { kind: 'process', spec: 's1', list: async () => [own] } as unknown as Driver;

describe('a scaler that only observes', () => {
  it('lists its own workers once, and those that somebody else runs for the pool', async () => {
    const all = [
      beat('worker-1', { instance: 'default-1' }),
      beat('worker-2', { instance: 'pod-2' }),
      beat('worker-3'),
      beat('worker-4', { pool: 'large' }),
      beat('worker-5', { roles: ['tell'] }),
    ];
    const observed = new ObservedWorkers('default', driver, { list: async () => all });
    const other = { state: 'running', spec: 's1', born_ms: 5, ended: null };
    expect(await observed.list()).toEqual([own, { ...other, name: 'pod-2' }, { ...other, name: 'worker-3' }]);
  });

  it('reads each of them under the same name', async () => {
    const sights = { presences: [beat('a'), beat('b', { instance: 'pod-b' })] } as unknown as PoolSights;
    const { presences } = await new ObservedReader({ read: async () => sights }).read('default', 1);
    expect(presences.map(({ instance }) => instance)).toEqual(['a', 'pod-b']);
  });

  it('cannot say which there are when its driver or Redis cannot', async () => {
    const away = async (): Promise<never> => {
      throw new Error('away');
    };
    await expect(new ObservedWorkers('default', driver, { list: away }).list()).rejects.toThrow('away');
    const blind = { ...driver, list: away };
    await expect(new ObservedWorkers('default', blind, { list: async () => [] }).list()).rejects.toThrow();
  });

  it('starts and ends nobody', async () => {
    const observed = new ObservedWorkers('default', driver, { list: async () => [] });
    const attempts = [observed.start(), observed.stop(), observed.kill(), observed.forget()];
    for (const { status } of await Promise.allSettled(attempts)) expect(status).toBe('rejected');
  });
});
