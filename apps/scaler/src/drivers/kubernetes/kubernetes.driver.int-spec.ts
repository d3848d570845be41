import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { describeDriver } from '../../../../../test/support/driver-contract.js';
import { eventually } from '../../../../../test/support/eventually.js';
import { Cluster, SAYS_ITS_NAME } from '../../../../../test/support/kubernetes/cluster.js';
import { made } from '../../../../../test/support/kubernetes/controllers.js';
import { shippedRules } from '../../../../../test/support/kubernetes/shipped-rules.js';
import { DriverTrouble } from '../driver.js';
import type { KubernetesDriver } from './kubernetes.driver.js';

const ORDER = { epoch: 7 };
const WORKERS = 'sluice-worker-default';
const COST = 'controller.kubernetes.io/pod-deletion-cost';

describeDriver('kubernetes', async () => {
  const cluster = new Cluster();
  await cluster.begin();
  cluster.server.rules = shippedRules();
  cluster.deploy(WORKERS);
  cluster.deploy('crashing', [SAYS_ITS_NAME, { name: 'ENDS_WITH', value: '3' }]);
  return {
    driver: cluster.drive(WORKERS),
    crashing: cluster.drive('crashing'),
    unreachable: cluster.drive(WORKERS, { access: { ...cluster.access, server: 'http://127.0.0.1:9' } }),
    another: () => cluster.drive(WORKERS),
    runForeign: async () => {
      const owner = { kind: 'ReplicaSet', name: 'other', uid: 'other', controller: true };
      const spec = { containers: [{ name: 'worker', image: 'other', env: [] }] };
      const metadata = made('foreign', { app: WORKERS }, owner);
      cluster.etcd.make({ kind: 'Pod', metadata, spec, status: { phase: 'Pending', conditions: [] } });
      return { name: 'foreign', end: async () => cluster.etcd.remove('Pod', 'foreign') };
    },
    untilUp: (name) => cluster.untilUp(name),
    end: () => cluster.end(),
  };
});

describe('a Deployment of a cluster', () => {
  let cluster: Cluster;
  let driver: KubernetesDriver;

  beforeEach(async () => {
    cluster = new Cluster();
    await cluster.begin();
    cluster.deploy(WORKERS);
    driver = cluster.drive(WORKERS);
  });

  afterEach(() => cluster.end());

  async function startUp(count: number): Promise<string[]> {
    const names = [...(await driver.start({ count, ...ORDER }))];
    for (const name of names) await cluster.untilUp(name);
    return names;
  }

  const left = (count: number): Promise<string[]> =>
    eventually(`${count} pods`, async () => {
      const pods = cluster.pods(WORKERS);
      return pods.length === count ? pods.map(({ metadata }) => metadata.name) : null;
    });

  /** Looks until so many watches were asked for, and one goes on. */
  const watching = (count: number): Promise<true> =>
    eventually('a watch', async () => {
      await driver.list();
      const begun = cluster.server.asked.filter((call) => call === 'watch pods').length;
      return begun >= count && cluster.server.watching > 0 ? true : null;
    });

  const endOf = (name: string) =>
    eventually(`the end of ${name}`, async () => {
      const found = (await driver.list()).find((instance) => instance.name === name);
      return found?.state === 'ended' ? found : null;
    });

  it('loses whoever was chosen, and not a worker that is still starting', async () => {
    const [chosen = '', other = ''] = await startUp(2);
    cluster.kubelet.isFetching = true;
    cluster.etcd.edit('Pod', other, ({ status }) => (status.conditions = []));
    await driver.list();
    await driver.stop(chosen, ORDER);
    expect(await left(1)).toEqual([other]);
    expect(cluster.replicas(WORKERS)).toBe(1);
    expect((await endOf(chosen)).ended?.code).toBe(0);
  });

  it('marks who is to go, with the token of the scaler that said so, for the controller and the next scaler', async () => {
    const [chosen = ''] = await startUp(2);
    cluster.controllers.end();
    await driver.stop(chosen, ORDER);
    const { annotations } = cluster.etcd.get('Pod', chosen)?.metadata ?? {};
    expect(annotations).toMatchObject({ [COST]: '-1000000', 'sluice.epoch': '7' });
  });

  it('is lowered once for each who leaves, however often and by how many scalers they are told', async () => {
    const names = await startUp(5);
    const leaving = names.slice(0, 3);
    const another = cluster.drive(WORKERS);
    const orders = leaving.flatMap((name) => [driver.stop(name, ORDER), another.stop(name, { epoch: 8 })]);
    await Promise.all(orders);
    await driver.stop(leaving[0] ?? '', ORDER);
    expect((await left(2)).sort()).toEqual(names.slice(3).sort());
    expect(cluster.replicas(WORKERS)).toBe(2);
  });

  it('gets every pod, and no more, when somebody else changes it at the same moment', async () => {
    await startUp(1);
    cluster.server.meddle = () =>
      cluster.etcd.edit('Deployment', WORKERS, ({ metadata }) => (metadata.annotations['note'] = 'mine'));
    await driver.start({ count: 2, ...ORDER });
    expect(await left(3)).toHaveLength(3);
    expect(cluster.server.asked.filter((call) => call === 'update deployments/scale')).toHaveLength(3);
  });

  it('is not asked for ever more while a quota keeps its pods from being made', async () => {
    cluster.controllers.podsMax = 1;
    await startUp(1);
    expect(await driver.start({ count: 2, ...ORDER })).toEqual([]);
    expect(await driver.start({ count: 2, ...ORDER })).toEqual([]);
    expect(cluster.replicas(WORKERS)).toBe(3);
  });

  it('loses the pod of a worker that ended by itself, so that only the scaler says when the next one starts', async () => {
    const [name = ''] = await startUp(2);
    await driver.list();
    cluster.kubelet.crash(name, 1);
    expect((await endOf(name)).ended?.code).toBe(1);
    await driver.forget(name);
    expect(await left(1)).not.toContain(name);
    expect(cluster.replicas(WORKERS)).toBe(1);
    expect((await driver.list()).map(({ state }) => state)).toEqual(['running']);
  });

  it('lists a worker that was started again before this scaler came, and runs, as running', async () => {
    const [name = ''] = await startUp(1);
    cluster.etcd.edit('Pod', name, ({ status }) => {
      const [worker] = status.containerStatuses ?? [];
      const terminated = { exitCode: 137, reason: 'OOMKilled', finishedAt: new Date(0).toISOString() };
      if (worker !== undefined) Object.assign(worker, { restartCount: 4, lastState: { terminated } });
    });
    expect(await cluster.drive(WORKERS).list()).toMatchObject([{ name, state: 'running' }]);
  });

  it('lists workers of an older template as of another spec', async () => {
    const [name = ''] = await startUp(1);
    const before = driver.spec;
    cluster.controllers.end();
    const roll =
      (image: string) =>
      ({ spec }: { spec: { template: { spec: { containers: { image: string }[] } } } }) =>
        spec.template.spec.containers.forEach((container) => (container.image = image));
    cluster.etcd.edit('Deployment', WORKERS, roll('sluice-worker:2'));
    const owner = cluster.etcd.list('ReplicaSet')[0]?.metadata.ownerReferences?.[0];
    const revision = { 'deployment.kubernetes.io/revision': '2' };
    const labels = { app: WORKERS, 'pod-template-hash': 'second' };
    const template = cluster.etcd.get('Deployment', WORKERS)?.spec.template;
    if (template === undefined) throw new Error('no template');
    const metadata = made('second', labels, owner, revision);
    cluster.etcd.make({ kind: 'ReplicaSet', metadata, spec: { replicas: 0, template } });
    cluster.etcd.edit('Deployment', WORKERS, (mine) => Object.assign(mine.metadata.annotations, revision));
    expect(await driver.list()).toMatchObject([{ name, spec: before }]);
    expect(driver.spec).toBe('second');
  });

  it('tells how a worker ended although its pod was gone before anybody looked, also after a watch was cut', async () => {
    const names = await startUp(2);
    // The first watch begins at a version that the server has forgotten, the second is refused, the third is cut.
    cluster.server.beforeWatch = () => cluster.etcd.compact();
    await watching(1);
    cluster.server.troubles.push({ verb: 'watch', code: 410, times: 1 });
    cluster.server.cutWatches();
    for (const name of names) {
      await watching(2);
      await driver.stop(name, ORDER);
      await eventually(`${name} to be gone`, async () => cluster.etcd.get('Pod', name) === undefined || null);
      expect((await endOf(name)).ended?.code).toBe(0);
    }
  });

  it('says that a worker ended, and not how, when nobody could watch', async () => {
    cluster.server.rules = shippedRules().map((rule) => ({
      ...rule,
      verbs: rule.verbs.filter((verb) => verb !== 'watch'),
    }));
    const [name = ''] = await startUp(1);
    await driver.list();
    cluster.etcd.remove('Pod', name);
    expect((await endOf(name)).ended?.code).toBeNull();
  });

  it('is not scaled while its workers do not say which pod they are', async () => {
    cluster.deploy('nameless', []);
    const nameless = cluster.drive('nameless');
    await expect(nameless.list()).rejects.toThrow('Set WORKER_INSTANCE in its template');
    await expect(nameless.start({ count: 1, ...ORDER })).rejects.toThrow(DriverTrouble);
    expect(cluster.replicas('nameless')).toBe(0);
  });

  it('needs every permission of the role that is shipped, and no other', async () => {
    cluster.server.rules = shippedRules();
    const [stopped = '', killed = ''] = await startUp(2);
    await driver.list();
    await driver.stop(stopped, ORDER);
    await driver.kill(killed, ORDER);
    await left(0);
    await driver.list();
    const needed = [...new Set(cluster.server.asked)].sort();
    const shipped = shippedRules().flatMap(({ resources, verbs }) =>
      resources.flatMap((resource) => verbs.map((verb) => `${verb} ${resource}`)),
    );
    expect(needed).toEqual(shipped.sort());
  });
});
