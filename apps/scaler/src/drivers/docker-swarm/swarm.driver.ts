import { setTimeout as pause } from 'node:timers/promises';
import { DockerEngine } from '../docker/docker-engine.js';
import {
  type DrivenInstance,
  type Driver,
  DriverTrouble,
  type InstanceUsage,
  type StartOrder,
} from '../driver.js';
import { EndedInstances } from '../ended-instances.js';
import {
  INSTANCE_ENV,
  changedBy,
  hasEnded,
  hasRun,
  isComing,
  instanceOf,
  named,
  replicasOf,
  saysItsName,
  specOf,
} from './service-edit.js';
import type { ServiceSpec, SwarmTask } from './swarm-answers.js';
import { SwarmService } from './swarm-service.js';

/** Swarm makes the tasks of new replicas, and their containers, a moment later. */
const TASKS_WITHIN_MS = 3_000;
const LOOKS_EVERY_MS = 100;

export interface SwarmDriverOptions {
  /** Name or id of the service whose replicas are the pool's workers. */
  readonly service: string;
  readonly dockerHost: string | undefined;
  readonly withinMs?: number;
}

interface Leaving {
  readonly epoch: number;
  /** Whether the service has a replica fewer for it already. */
  readonly isLowered: boolean;
}

/**
 * The replicas of a service that the operator made. An instance is a task, its name the task's id, which the service's template
 * has to put into the environment. Who is to go is told so itself where its container is on this engine, and the service gets a
 * replica fewer when it has ended, for then Swarm takes away the slot that nobody runs in. Of a task elsewhere only the
 * number is lowered, and Swarm chooses who goes. The number is lowered once for each name.
 */
export class SwarmDriver implements Driver {
  readonly kind = 'swarm';
  readonly capabilities = { stopsChosen: false, outlivesScaler: true, reportsUsage: false };
  private readonly service: SwarmService;
  private readonly ended = new EndedInstances();
  private readonly leaving = new Map<string, Leaving>();
  private current = 'unknown';

  constructor(private readonly options: SwarmDriverOptions) {
    const engine = new DockerEngine(options.dockerHost, options.withinMs);
    this.service = new SwarmService(engine, options.service);
  }

  /** As of the last `list` or `start`. */
  get spec(): string {
    return this.current;
  }

  async list(): Promise<readonly DrivenInstance[]> {
    const [{ Spec }, tasks] = await Promise.all([this.service.read(), this.service.tasks()]);
    this.current = specOf(Spec.TaskTemplate);
    const alive = tasks.filter((task) => !hasEnded(task));
    if (alive.length > 0) this.demandNames(Spec);
    // Who waits for a slot's turn has never run, and may be taken away again.
    const meant = alive.filter((task) => task.DesiredState === 'running');
    this.ended.see({ alive: meant.map(instanceOf), ended: tasks.filter(hasRun).map(instanceOf) });
    await this.lowerForEnded(new Set(alive.map((task) => task.ID)));
    return [...alive.map(instanceOf), ...this.ended.news()];
  }

  /** Answers those that Swarm made within 3 s. */
  async start({ count, epoch }: StartOrder): Promise<readonly string[]> {
    const before = await this.service.tasks();
    const isEmpty = before.every(hasEnded);
    await this.service.change((spec) => {
      // Its template can be changed while nobody runs by it; otherwise all would be started again.
      const ready = isEmpty && !saysItsName(spec) ? named(spec) : spec;
      this.demandReplicas(ready);
      this.demandNames(ready);
      this.current = specOf(ready.TaskTemplate);
      return changedBy(ready, count, epoch);
    });
    return this.newSince(new Set(before.map((task) => task.ID)), count);
  }

  stop(name: string, { epoch }: { readonly epoch: number }): Promise<void> {
    return this.end(name, 'SIGTERM', epoch);
  }

  kill(name: string, { epoch }: { readonly epoch: number }): Promise<void> {
    return this.end(name, 'SIGKILL', epoch);
  }

  /** Swarm takes away what ended by itself. */
  forget(name: string): Promise<void> {
    this.ended.forget(name);
    return Promise.resolve();
  }

  usage(): Promise<ReadonlyMap<string, InstanceUsage>> {
    return Promise.resolve(new Map());
  }

  /** Tasks go on without us, and another leader knows better who was to leave. */
  release(): Promise<void> {
    this.leaving.clear();
    return Promise.resolve();
  }

  private async end(name: string, signal: 'SIGTERM' | 'SIGKILL', epoch: number): Promise<void> {
    const task = await this.withContainer(name);
    if (task === undefined || hasEnded(task)) return;
    const isHere = await this.service.signal(task, signal);
    if (this.leaving.has(name)) return;
    if (!isHere) await this.lower(epoch);
    this.leaving.set(name, { epoch, isLowered: !isHere });
  }

  /** A task, when its container is there, or as it is after 3 s; undefined when Swarm does not know it. */
  private async withContainer(name: string): Promise<SwarmTask | undefined> {
    const deadline = performance.now() + TASKS_WITHIN_MS;
    for (;;) {
      const task = (await this.service.tasks()).find((one) => one.ID === name);
      if (task === undefined || !isComing(task) || performance.now() > deadline) return task;
      await pause(LOOKS_EVERY_MS);
    }
  }

  /** Swarm starts again who ended; there are to be fewer instead. */
  private async lowerForEnded(alive: ReadonlySet<string>): Promise<void> {
    for (const [name, { epoch, isLowered }] of this.leaving) {
      if (alive.has(name)) continue;
      if (!isLowered) await this.lower(epoch);
      this.leaving.delete(name);
    }
  }

  private lower(epoch: number): Promise<void> {
    return this.service.change((spec) => {
      this.demandReplicas(spec);
      return changedBy(spec, -1, epoch);
    });
  }

  private async newSince(before: ReadonlySet<string>, count: number): Promise<string[]> {
    const deadline = performance.now() + TASKS_WITHIN_MS;
    for (;;) {
      const names = (await this.service.tasks()).map((task) => task.ID).filter((name) => !before.has(name));
      if (names.length >= count || performance.now() > deadline) return names;
      await pause(LOOKS_EVERY_MS);
    }
  }

  private demandReplicas(spec: ServiceSpec): void {
    if (replicasOf(spec) !== null) return;
    throw new DriverTrouble(
      `The service ${this.options.service} has no number of replicas: its mode is not replicated.`,
    );
  }

  private demandNames(spec: ServiceSpec): void {
    if (saysItsName(spec)) return;
    const { service } = this.options;
    throw new DriverTrouble(
      `The workers of the service ${service} do not say which task they are. Run: docker service update --env-add '${INSTANCE_ENV}' ${service}`,
    );
  }
}
