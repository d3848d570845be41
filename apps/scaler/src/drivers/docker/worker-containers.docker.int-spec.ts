import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { Redis } from 'ioredis';
import { type WorkerPresence, workerPresence } from '#common/contracts/worker-presence.js';
import { keys } from '#common/redis/keys.js';
import { drivenBy, sweep } from '../../../../../test/support/docker-driven.js';
import { docker, puppetImage, workerImage } from '../../../../../test/support/docker-engine.js';
import { eventually } from '../../../../../test/support/eventually.js';
import { type OwnRedis, startOwnRedis } from '../../../../../test/support/own-servers.js';
import { type DrivenInstance, DriverTrouble } from '../driver.js';
import { DockerDriver, type DockerDriverOptions } from './docker.driver.js';

const SOON = { withinMs: 60_000, everyMs: 100 };
const ORDER = { count: 1, epoch: 7 };

let puppet = '';
const deployments: string[] = [];

function drive(...args: Parameters<typeof drivenBy>): { driver: DockerDriver; options: DockerDriverOptions } {
  const options = drivenBy(...args);
  deployments.push(options.deployment);
  return { driver: new DockerDriver(options), options };
}

const ended = (driver: DockerDriver): Promise<DrivenInstance> =>
  eventually(
    'an end',
    async () => (await driver.list()).find((instance) => instance.state === 'ended') ?? null,
    SOON,
  );

beforeAll(() => {
  puppet = puppetImage();
});

afterEach(() => {
  for (const deployment of deployments.splice(0)) sweep(deployment);
});

describe('a worker’s container', () => {
  let own: OwnRedis;
  let redis: Redis;

  beforeAll(async () => {
    own = await startOwnRedis();
    redis = new Redis(own.redis.url);
  });

  afterAll(async () => {
    redis.disconnect();
    await own.end();
  });

  async function presenceOf(instance: string): Promise<WorkerPresence | null> {
    const ids = await redis.zrange(keys.workers, '0', '-1');
    const texts = await Promise.all(ids.map((id) => redis.get(keys.worker(id))));
    const all = texts.flatMap((text) => (text === null ? [] : [workerPresence.parse(JSON.parse(text))]));
    return all.find((presence) => presence.instance === instance) ?? null;
  }

  it('works on the image of our Dockerfile: it finds Redis, says its name, and ends with 0 when it is told to', async () => {
    const { driver } = drive(
      workerImage(),
      { network: 'host', env: { REDIS_ALLOW_VOLATILE: 'true' } },
      { redisUrl: own.redis.url, slots: 3 },
    );
    const [name = ''] = await driver.start(ORDER);
    const presence = await eventually('its heartbeat', () => presenceOf(name), SOON);
    expect(presence).toMatchObject({ pool: 'default', roles: ['generate'], slots: 3, state: 'ready' });

    await driver.stop(name);
    expect((await ended(driver)).ended?.code).toBe(0);
  }, 600_000);

  it('may write nowhere but to /tmp, has no privileges, keeps its logs small and is left when it ends', async () => {
    const { driver } = drive(puppet, { cpus: 0.5, memory_mb: 64 });
    const [name = ''] = await driver.start(ORDER);
    const [inspected] = JSON.parse(docker(['inspect', name])) as [
      { HostConfig: object; Config: { Labels: object; StopSignal: string; User: string } },
    ];
    expect(inspected.HostConfig).toMatchObject({
      ReadonlyRootfs: true,
      CapDrop: ['ALL'],
      SecurityOpt: ['no-new-privileges'],
      Privileged: false,
      AutoRemove: false,
      Init: true,
      RestartPolicy: { Name: 'no' },
      NanoCpus: 500_000_000,
      Memory: 64 * 1_024 * 1_024,
      LogConfig: { Type: 'json-file', Config: { 'max-size': '10m', 'max-file': '3' } },
    });
    expect(inspected.Config).toMatchObject({ StopSignal: 'SIGTERM', User: 'node' });
    expect(inspected.Config.Labels).toMatchObject({
      'sluice.epoch': '7',
      'sluice.slots': '2',
      'sluice.instance': name,
      'sluice.spec': driver.spec,
    });
  });

  it('tells how much of its limits it uses', async () => {
    const { driver } = drive(puppet, { cpus: 0.2, memory_mb: 128, env: { BUSY: '1' } });
    const [name = ''] = await driver.start(ORDER);
    const usage = await eventually('two samples', async () => (await driver.usage()).get(name) ?? null, SOON);
    expect(usage.cpu).toBeGreaterThan(0);
    expect(usage.memory).toBeGreaterThan(0.01);
    expect(usage.memory).toBeLessThan(1);
  });

  it('is of another spec when its environment or its image is another', async () => {
    const { driver, options } = drive(puppet);
    const [name] = await driver.start(ORDER);
    const changed = new DockerDriver({
      ...options,
      docker: { ...options.docker, env: { LOG_LEVEL: 'warn' } },
    });
    const [listed] = await changed.list();
    expect(listed?.name).toBe(name);
    expect(listed?.spec).not.toBe(changed.spec);
  });

  it('ends and is removed with the scaler that leads, where it is not to outlive it', async () => {
    const { driver } = drive(puppet, { outlive_scaler: false });
    await driver.start({ ...ORDER, count: 2 });
    await driver.release('not-leading');
    expect((await driver.list()).map(({ state }) => state)).toEqual(['running', 'running']);
    await driver.release('stopping');
    expect(await driver.list()).toEqual([]);
  });

  it('is not left behind when it cannot be started', async () => {
    const { driver } = drive(puppet, { network: 'no-such-network' });
    await expect(driver.start(ORDER)).rejects.toThrow(DriverTrouble);
    await expect(driver.start(ORDER)).rejects.toThrow(/no-such-network/);
    expect(await driver.list()).toEqual([]);
  });

  it('is said to lack its image, with the command that builds it', async () => {
    const { driver } = drive('sluice-no-such-image');
    await expect(driver.start(ORDER)).rejects.toThrow(
      /docker build --target worker -t sluice-no-such-image \./,
    );
    expect(await driver.list()).toEqual([]);
  });
});
