import { randomBytes } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { docker, isSwarm, puppetImage, testEngine } from '../../../../../test/support/docker-engine.js';
import { describeDriver } from '../../../../../test/support/driver-contract.js';
import { eventually } from '../../../../../test/support/eventually.js';
import { SwarmDriver } from './swarm.driver.js';

const SOON = { withinMs: 60_000, everyMs: 100 };
const INSTANCE = 'WORKER_INSTANCE={{.Task.ID}}';
const made: string[] = [];
let image = '';

/** A service whose tasks Swarm does not start again while the tests look. */
function makeService(...options: string[]): string {
  const name = `sluice-test-${randomBytes(5).toString('hex')}`;
  const quiet = ['--quiet', '--detach', '--no-resolve-image', '--network', 'host', '--restart-delay', '60s'];
  docker(['service', 'create', '--name', name, ...quiet, '--replicas', '0', ...options, image]);
  made.push(name);
  return name;
}

const drive = (service: string) => new SwarmDriver({ service, dockerHost: testEngine() });

const replicas = (service: string): number =>
  Number(docker(['service', 'inspect', '--format', '{{.Spec.Mode.Replicated.Replicas}}', service]));

const whenSwarm = isSwarm() ? describe : describe.skip;

whenSwarm('a service of a swarm', () => {
  beforeAll(() => {
    image = puppetImage();
  });

  afterAll(() => {
    if (made.length > 0) docker(['service', 'rm', ...made]);
  });

  describeDriver('swarm', () => {
    const service = makeService();
    return Promise.resolve({
      driver: drive(service),
      crashing: drive(makeService('--env', 'ENDS_WITH=3')),
      unreachable: new SwarmDriver({ service, dockerHost: 'unix:///nowhere/docker.sock' }),
      another: () => drive(service),
      runForeign: async () => {
        const other = drive(makeService());
        const [name = ''] = await other.start({ count: 1, epoch: 1 });
        return { name, end: () => other.kill(name, { epoch: 1 }) };
      },
      untilUp: async (name: string) => {
        const filter = `label=com.docker.swarm.task.id=${name}`;
        const look = () => docker(['ps', '--quiet', '--filter', filter]).split('\n').find(Boolean);
        const id = await eventually(`${name} to run`, () => look() ?? null, SOON);
        await eventually(`${name} to be up`, () => docker(['logs', id]) || null, SOON);
      },
      end: () => Promise.resolve(),
    });
  });

  it('is not lowered twice for the same name, and comes to as many replicas as it has workers', async () => {
    const service = makeService('--env', INSTANCE);
    const driver = drive(service);
    const [first = ''] = await driver.start({ count: 3, epoch: 1 });
    expect(replicas(service)).toBe(3);
    await driver.kill(first, { epoch: 1 });
    await driver.kill(first, { epoch: 1 });
    await eventually(
      'its end',
      async () => {
        const listed = await driver.list();
        return listed.some(({ name, state }) => name === first && state === 'ended') ? true : null;
      },
      SOON,
    );
    await eventually('two replicas', () => (replicas(service) === 2 ? true : null), SOON);
    await driver.kill(first, { epoch: 1 });
    await driver.list();
    expect(replicas(service)).toBe(2);
  });

  it('gets every replica that several scalers ask for at the same moment', async () => {
    const service = makeService('--env', INSTANCE);
    const orders = Array.from({ length: 3 }, () => drive(service).start({ count: 1, epoch: 1 }));
    await Promise.all(orders);
    expect(replicas(service)).toBe(3);
  });

  it('is not scaled while its workers do not say which task they are, with the command that helps', async () => {
    const service = makeService('--replicas', '1');
    const driver = drive(service);
    await eventually('its task', () => docker(['service', 'ps', '--quiet', service]) || null, SOON);
    const help = `docker service update --env-add '${INSTANCE}' ${service}`;
    await expect(driver.list()).rejects.toThrow(help);
    await expect(driver.start({ count: 1, epoch: 1 })).rejects.toThrow(help);
    expect(replicas(service)).toBe(1);
  });
});
