import { randomBytes } from 'node:crypto';
import { setTimeout as pause } from 'node:timers/promises';
import type { DrivenInstance, Driver, DriverCapabilities, InstanceUsage, StartOrder } from '../driver.js';
import { type WorkerPlan, LABELS, specOf } from './container-plan.js';
import { ContainerUsage } from './container-usage.js';
import { DockerEngine } from './docker-engine.js';
import type { ContainerStats, ListedContainer } from './engine-answers.js';
import { WorkerContainers } from './worker-containers.js';

/** More at once are not started faster. */
const STARTS_AT_ONCE = 4;
/** A container that was made and not started for so long: who made it died in between. */
const MADE_MS_MAX = 60_000;
/** A shell's way to say which signal ended a process: 128 and its number. */
const SIGNALLED_MIN = 129;

/** Of a scaler that stops: longer than a worker's drain, and together below the 38 s that its stop may take. */
const END_MS_MAX = 31_000;
const KILLED_MS_MAX = 3_000;
const LOOK_MS = 250;

export interface DockerDriverOptions extends WorkerPlan {
  /** unix://, tcp://, http:// or https://; by default Docker's own socket. */
  readonly dockerHost: string | undefined;
  /** How long the engine may take to answer. */
  readonly withinMs?: number;
}

/**
 * A container for each worker. What the engine lists under our labels is the truth: nothing is remembered that another scaler
 * would need.
 */
export class DockerDriver implements Driver {
  readonly kind = 'docker';
  readonly capabilities: DriverCapabilities;
  private readonly plan: WorkerPlan;
  private readonly containers: WorkerContainers;
  private readonly shares: ContainerUsage;
  private current: string;
  /** By the container's id: an end does not change any more. */
  private ends = new Map<string, DrivenInstance['ended']>();

  constructor({ dockerHost, withinMs, ...plan }: DockerDriverOptions) {
    this.plan = plan;
    this.capabilities = {
      stopsChosen: true,
      outlivesScaler: plan.docker.outlive_scaler !== false,
      reportsUsage: true,
    };
    this.containers = new WorkerContainers(new DockerEngine(dockerHost, withinMs), plan);
    this.shares = new ContainerUsage(plan.docker.cpus ?? null);
    this.current = specOf(plan, '');
  }

  /** As of the last `list` or `start`: the image's name may point at another image meanwhile. */
  get spec(): string {
    return this.current;
  }

  async list(): Promise<readonly DrivenInstance[]> {
    const [listed] = await Promise.all([this.containers.all(), this.lookAtImage()]);
    const present = listed.filter((container) => container.State !== 'removing');
    const ends = await Promise.all(
      present.filter(hasEnded).map(async ({ Id }) => [Id, await this.endOf(Id)] as const),
    );
    this.ends = new Map(ends);
    return present.map((container) => {
      const ended = this.ends.get(container.Id) ?? null;
      return {
        name: nameOf(container),
        state: hasEnded(container) ? 'ended' : 'running',
        spec: container.Labels[LABELS.spec] ?? '',
        born_ms: bornOf(container),
        ended,
      };
    });
  }

  async start({ count, epoch, mayGoOn = () => true }: StartOrder): Promise<readonly string[]> {
    const imageId = await this.lookAtImage();
    if (imageId === null) throw this.containers.imageMissing();
    const names = Array.from({ length: count }, () => this.mintName());
    for (let at = 0; at < count; at += STARTS_AT_ONCE) {
      if (!mayGoOn()) return names.slice(0, at);
      const some = names.slice(at, at + STARTS_AT_ONCE).map((name) => ({
        name,
        imageId,
        spec: this.current,
        epoch,
        bornMs: Date.now(),
      }));
      const outcomes = await Promise.allSettled(some.map((container) => this.containers.start(container)));
      for (const outcome of outcomes) if (outcome.status === 'rejected') throw outcome.reason;
    }
    return names;
  }

  /** Not the engine's own stop, which answers when the container has ended. */
  stop(name: string): Promise<void> {
    return this.containers.signal(name, 'SIGTERM');
  }

  kill(name: string): Promise<void> {
    return this.containers.signal(name, 'SIGKILL');
  }

  forget(name: string): Promise<void> {
    return this.containers.remove(name);
  }

  async usage(): Promise<ReadonlyMap<string, InstanceUsage>> {
    const running = (await this.containers.all()).filter((container) => container.State === 'running');
    const stats = new Map<string, ContainerStats>();
    await Promise.all(
      running.map(async (container) => {
        const one = await this.containers.stats(container.Id);
        if (one !== null) stats.set(nameOf(container), one);
      }),
    );
    return this.shares.read(stats);
  }

  /** Containers go on without us, unless they were not to: then none is left. */
  async release(why: 'stopping' | 'not-leading'): Promise<void> {
    if (this.capabilities.outlivesScaler || why === 'not-leading') return;
    const present = await this.containers.all();
    const signalled = present.map((container) => this.stop(nameOf(container)));
    await Promise.all(signalled);
    const late = await this.whoRunsAfter(END_MS_MAX);
    await Promise.all(late.map((container) => this.kill(nameOf(container))));
    await this.whoRunsAfter(KILLED_MS_MAX);
    await Promise.all(present.map((container) => this.forget(nameOf(container))));
  }

  /** Returns as soon as nobody runs any more. */
  private async whoRunsAfter(withinMs: number): Promise<readonly ListedContainer[]> {
    const deadline = Date.now() + withinMs;
    for (;;) {
      const running = (await this.containers.all()).filter((container) => !hasEnded(container));
      if (running.length === 0 || Date.now() > deadline) return running;
      await pause(LOOK_MS);
    }
  }

  private async lookAtImage(): Promise<string | null> {
    const imageId = await this.containers.imageId();
    if (imageId !== null) this.current = specOf(this.plan, imageId);
    return imageId;
  }

  private async endOf(id: string): Promise<DrivenInstance['ended']> {
    const known = this.ends.get(id);
    if (known !== undefined) return known;
    const end = await this.containers.endOf(id);
    if (end === null) return null;
    const { ExitCode, FinishedAt } = end.State;
    const at_ms = Date.parse(FinishedAt);
    // Of one that never ran the engine says the year 1.
    if (!(at_ms > 0)) return { code: null, at_ms: Date.now() };
    return { code: ExitCode >= SIGNALLED_MIN ? null : ExitCode, at_ms };
  }

  private mintName(): string {
    return `sluice-${this.plan.pool}-${randomBytes(5).toString('hex')}`;
  }
}

const nameOf = ({ Id, Labels }: ListedContainer): string => Labels[LABELS.instance] ?? Id;

/** Its label says it by the millisecond, the engine by the second. */
const bornOf = ({ Created, Labels }: ListedContainer): number =>
  Number(Labels[LABELS.born]) || Created * 1_000;

function hasEnded(container: ListedContainer): boolean {
  switch (container.State) {
    case 'exited':
    case 'dead':
      return true;
    case 'created':
      return Date.now() - bornOf(container) > MADE_MS_MAX;
    default:
      return false;
  }
}
