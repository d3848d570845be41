import { eventually } from '../eventually.js';
import type { ClusterAccess } from '../../../apps/scaler/src/drivers/kubernetes/cluster-access.js';
import {
  KubernetesDriver,
  type KubernetesDriverOptions,
} from '../../../apps/scaler/src/drivers/kubernetes/kubernetes.driver.js';
import { ApiServer } from './api-server.js';
import { Controllers, made } from './controllers.js';
import { Etcd } from './etcd.js';
import { Kubelet } from './kubelet.js';
import type { Env, FakePod } from './objects.js';

export const SAYS_ITS_NAME: Env = {
  name: 'WORKER_INSTANCE',
  valueFrom: { fieldRef: { fieldPath: 'metadata.name' } },
};

/** A cluster in memory, which answers over HTTP as Kubernetes does. Its namespace is `sluice`. */
export class Cluster {
  readonly etcd = new Etcd();
  readonly server = new ApiServer(this.etcd);
  readonly controllers = new Controllers(this.etcd);
  readonly kubelet = new Kubelet(this.etcd);
  private url = '';
  private readonly drivers: KubernetesDriver[] = [];

  async begin(): Promise<void> {
    this.url = await this.server.listen();
  }

  async end(): Promise<void> {
    await Promise.all(this.drivers.map((driver) => driver.release()));
    this.controllers.end();
    this.kubelet.end();
    await this.server.end();
  }

  get access(): ClusterAccess {
    return { server: this.url, namespace: 'sluice', tls: {}, token: async () => this.server.token };
  }

  /** A Deployment of no pods. */
  deploy(
    name: string,
    env: readonly Env[] = [SAYS_ITS_NAME],
    labels: Record<string, string> = { app: name },
  ): void {
    const containers = [{ name: 'worker', image: 'sluice-worker:1', env: [...env] }];
    const template = { metadata: { labels }, spec: { containers, terminationGracePeriodSeconds: 45 } };
    const spec = { replicas: 0, selector: { matchLabels: labels }, template };
    this.etcd.make({ kind: 'Deployment', metadata: made(name, labels), spec });
  }

  drive(deployment: string, more: Partial<KubernetesDriverOptions> = {}): KubernetesDriver {
    const { access } = this;
    const driver = new KubernetesDriver({
      access,
      namespace: undefined,
      deployment,
      container: 'worker',
      ...more,
    });
    this.drivers.push(driver);
    return driver;
  }

  replicas(deployment: string): number | undefined {
    return this.etcd.get('Deployment', deployment)?.spec.replicas;
  }

  pods(deployment: string): FakePod[] {
    return this.etcd.list('Pod').filter(({ metadata }) => metadata.labels['app'] === deployment);
  }

  async untilUp(name: string): Promise<void> {
    const isUp = (): true | null => (this.etcd.get('Pod', name)?.status.phase === 'Running' ? true : null);
    await eventually(`${name} to run`, async () => isUp());
  }
}
