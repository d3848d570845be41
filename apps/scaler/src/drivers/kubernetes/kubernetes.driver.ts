import { setTimeout as pause } from 'node:timers/promises';
import {
  type DrivenInstance,
  type Driver,
  DriverTrouble,
  type InstanceUsage,
  type StartOrder,
} from '../driver.js';
import { EndedInstances } from '../ended-instances.js';
import type { DeploymentDetails, Pod } from './cluster-answers.js';
import type { ClusterAccess } from './cluster-access.js';
import { ClusterApi } from './cluster-api.js';
import { instanceOf, isCounted, isLeaving, isTerminating, rankOf, restartsOf } from './pod-life.js';
import { PodWatch } from './pod-watch.js';
import { goesFirst } from './who-goes.policy.js';
import { type Fleet, WorkerPods } from './worker-pods.js';

/** The controllers make the pods of a greater number a moment later. */
const PODS_WITHIN_MS = 3_000;
const LOOKS_EVERY_MS = 100;
/** The least that a kubelet knows: zero would take the pod from the list before its worker has ended. */
const KILL_GRACE_S = 1;

export interface KubernetesDriverOptions {
  readonly access: ClusterAccess;
  /** By default that of the access. */
  readonly namespace: string | undefined;
  /** Name of the Deployment whose pods are the pool's workers. */
  readonly deployment: string;
  /** Name of the container in which the worker runs. */
  readonly container: string;
  readonly withinMs?: number;
}

/**
 * The pods of a Deployment that the operator made. An instance is a pod, its name the pod's, which the template puts into the
 * environment. How many there are to be is always counted anew: those who stay, and nobody who was told to leave. So an order
 * that is given twice, or by two scalers, changes nothing more. Who leaves is marked on the pod itself, for the controller
 * that takes it and for the next scaler.
 */
export class KubernetesDriver implements Driver {
  readonly kind = 'kubernetes';
  readonly capabilities = { stopsChosen: true, outlivesScaler: true, reportsUsage: false };
  private readonly pods: WorkerPods;
  private readonly watch: PodWatch;
  private readonly ended = new EndedInstances();
  /** How often the worker of each pod had been started again when it was first seen. */
  private restarts: ReadonlyMap<string, number> | null = null;
  private alive: readonly string[] = [];
  private current = 'unknown';

  constructor(private readonly options: KubernetesDriverOptions) {
    const { access, namespace, deployment, withinMs } = options;
    this.pods = new WorkerPods(new ClusterApi(access, withinMs), deployment, namespace ?? access.namespace);
    this.watch = new PodWatch(this.pods);
  }

  /** As of the last `list` or `start`. */
  get spec(): string {
    return this.current;
  }

  async list(): Promise<readonly DrivenInstance[]> {
    const fleet = await this.look();
    const now = fleet.pods.map((pod) => this.instance(pod));
    const names = new Set(now.map(({ name }) => name));
    await this.watch.catchUp(this.alive.filter((name) => !names.has(name)));
    const lately = this.watch.take().map((pod) => this.instance(pod));
    this.watch.follow(fleet);
    const alive = now.filter(({ state }) => state === 'running');
    const over = now.filter(({ state }) => state === 'ended');
    this.ended.see({ alive, ended: [...lately.filter(({ state }) => state === 'ended'), ...over] });
    this.alive = alive.map(({ name }) => name);
    const gone = this.ended.news().filter(({ name }) => !names.has(name));
    // Whoever is still there is told of, however long ago it ended: its pod is to be taken away.
    return [...alive, ...over.filter(({ name }) => !this.ended.isForgotten(name)), ...gone];
  }

  /** Answers those that the cluster made within 3 s. */
  async start({ count, mayGoOn = () => true }: StartOrder): Promise<readonly string[]> {
    const before = await this.look();
    if (!mayGoOn()) return [];
    const wanted = staying(before).length + count;
    await this.pods.scale((replicas) => Math.max(replicas, wanted));
    return this.newSince(new Set(before.pods.map(({ metadata }) => metadata.name)), count);
  }

  async stop(name: string, { epoch }: { readonly epoch: number }): Promise<void> {
    await this.letGo(name, epoch);
  }

  async kill(name: string, { epoch }: { readonly epoch: number }): Promise<void> {
    const pod = await this.letGo(name, epoch);
    if (pod !== undefined) await this.pods.delete(pod, KILL_GRACE_S);
  }

  /** A worker that ended by itself would be started again in its pod: the pod is taken away, and there are fewer. */
  async forget(name: string): Promise<void> {
    const pod = await this.find(name);
    if (pod !== undefined) {
      if (isCounted(pod)) await this.lower(pod, null);
      if (!isTerminating(pod)) await this.pods.delete(pod, null);
    }
    this.ended.forget(name);
  }

  usage(): Promise<ReadonlyMap<string, InstanceUsage>> {
    return Promise.resolve(new Map());
  }

  /** Pods go on without us. */
  release(): Promise<void> {
    this.watch.stop();
    return Promise.resolve();
  }

  /** The pod, unless its worker has ended or it is not there. */
  private async letGo(name: string, epoch: number): Promise<Pod | undefined> {
    const pod = await this.find(name);
    if (pod === undefined || this.instance(pod).state === 'ended') return undefined;
    if (isCounted(pod)) await this.lower(pod, epoch);
    return pod;
  }

  /** One fewer than there are, and it is this one. */
  private async lower(pod: Pod, epoch: number | null): Promise<void> {
    await this.pods.markLeaving(pod, epoch);
    // Looked at after the mark, so that of two who mark at once one sees both.
    const fleet = await this.look();
    const others = staying(fleet).filter(({ metadata }) => metadata.uid !== pod.metadata.uid);
    const marked = fleet.pods.find(({ metadata }) => metadata.uid === pod.metadata.uid);
    // Else the controller would take one that is not ready yet in its place. For a moment there may be one too many.
    if (marked !== undefined && isCounted(marked) && !goesFirst(rankOf(marked), others.map(rankOf))) {
      await this.pods.delete(pod, null);
    }
    await this.pods.scale((replicas) => Math.min(replicas, others.length));
  }

  private async find(name: string): Promise<Pod | undefined> {
    return (await this.look()).pods.find(({ metadata }) => metadata.name === name);
  }

  private async look(): Promise<Fleet> {
    const fleet = await this.pods.read();
    this.demandNames(fleet.deployment);
    this.current = fleet.template ?? this.current;
    // Whoever was there before us may have been started again; of the others every start again is news.
    this.restarts ??= new Map(
      fleet.pods.map((pod) => [pod.metadata.name, restartsOf(pod, this.options.container)]),
    );
    return fleet;
  }

  private instance(pod: Pod): DrivenInstance {
    const restarts = this.restarts?.get(pod.metadata.name) ?? 0;
    return instanceOf(pod, { container: this.options.container, restarts, now: Date.now() });
  }

  private async newSince(before: ReadonlySet<string>, count: number): Promise<string[]> {
    const deadline = performance.now() + PODS_WITHIN_MS;
    for (;;) {
      const names = (await this.look()).pods.map(({ metadata }) => metadata.name);
      const made = names.filter((name) => !before.has(name));
      if (made.length >= count || performance.now() > deadline) return made;
      await pause(LOOKS_EVERY_MS);
    }
  }

  private demandNames({ spec }: DeploymentDetails): void {
    const { deployment, container } = this.options;
    const worker = spec.template.spec.containers.find(({ name }) => name === container);
    if (worker === undefined) {
      throw new DriverTrouble(
        `The deployment ${deployment} has no container ${container}: name the worker's in scaler.kubernetes.container.`,
      );
    }
    const name = worker.env?.find((env) => env.name === 'WORKER_INSTANCE');
    if (name?.valueFrom?.fieldRef?.fieldPath === 'metadata.name') return;
    throw new DriverTrouble(
      `The workers of the deployment ${deployment} do not say which pod they are. Set WORKER_INSTANCE in its template, with valueFrom.fieldRef.fieldPath: metadata.name.`,
    );
  }
}

/** Those that its ReplicaSets count, and that nobody told to leave. */
const staying = ({ pods }: Fleet): Pod[] => pods.filter((pod) => isCounted(pod) && !isLeaving(pod));
