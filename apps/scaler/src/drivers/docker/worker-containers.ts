import type Docker from 'dockerode';
import { DriverTrouble } from '../driver.js';
import { type ContainerPlan, type WorkerPlan, LABELS, containerFor } from './container-plan.js';
import type { DockerEngine } from './docker-engine.js';
import {
  type ContainerEnd,
  type ContainerStats,
  type ListedContainer,
  containerDetails,
  containerList,
  containerStats,
  imageDetails,
} from './engine-answers.js';
import { statusOf } from './engine-trouble.js';

/** Making and starting a container on a busy machine. */
const STARTS_WITHIN_MS = 20_000;
/** Not found, not running, or being removed already. */
const GONE = [404, 409];

/** The containers of one pool's workers on one engine. It touches none without our labels. Every call throws DriverTrouble. */
export class WorkerContainers {
  constructor(
    private readonly engine: DockerEngine,
    private readonly plan: WorkerPlan,
  ) {}

  all(): Promise<ListedContainer[]> {
    return this.listed([]);
  }

  /** The id that the image's name has now; null when there is no image of this name. */
  async imageId(): Promise<string | null> {
    const { image } = this.plan.docker;
    const details = await this.engine.read(`look at the image ${image}`, imageDetails.nullable(), (docker) =>
      docker
        .getImage(image)
        .inspect()
        .catch(nullWhen([404])),
    );
    return details?.Id ?? null;
  }

  /** Makes and starts one. What could not be started is taken away again. */
  async start(container: ContainerPlan): Promise<void> {
    const { name } = container;
    const made = await this.engine.ask(
      `make container ${name}`,
      (docker, abortSignal) =>
        docker
          .createContainer(request(containerFor(this.plan, container), abortSignal))
          .catch(nullWhen([404])),
      STARTS_WITHIN_MS,
    );
    if (made === null) throw this.imageMissing();
    try {
      await this.engine.ask(
        `start container ${name}`,
        (docker, abortSignal) => docker.getContainer(made.id).start({ abortSignal }),
        STARTS_WITHIN_MS,
      );
    } catch (error) {
      await this.remove(name).catch(() => undefined);
      throw error;
    }
  }

  /** Nothing happens to one that ended. */
  signal(name: string, signal: 'SIGTERM' | 'SIGKILL'): Promise<void> {
    return this.unlessGone(name, `send ${signal} to container ${name}`, (container, abortSignal) =>
      container.kill({ signal, abortSignal }),
    );
  }

  /** One that runs is not removed. */
  remove(name: string): Promise<void> {
    return this.unlessGone(name, `remove container ${name}`, (container, abortSignal) =>
      container.remove({ force: false, abortSignal }),
    );
  }

  /** How one ended; null when it is gone. */
  endOf(id: string): Promise<ContainerEnd | null> {
    return this.engine.read(
      `look at container ${id.slice(0, 12)}`,
      containerDetails.nullable(),
      (docker, abortSignal) => docker.getContainer(id).inspect({ abortSignal }).catch(nullWhen(GONE)),
    );
  }

  /** Null when it has just ended. */
  async stats(id: string): Promise<ContainerStats | null> {
    const stats = await this.engine.read(
      `read what container ${id.slice(0, 12)} uses`,
      containerStats.nullable().catch(null),
      (docker, abortSignal) => docker.getContainer(id).stats(once(abortSignal)).catch(nullWhen(GONE)),
    );
    return stats;
  }

  imageMissing(): DriverTrouble {
    const { image } = this.plan.docker;
    return new DriverTrouble(
      `There is no image ${image} on the Docker Engine. Build it with: docker build --target worker -t ${image} . (or set scaler.docker.image)`,
    );
  }

  private async unlessGone(
    name: string,
    what: string,
    call: (container: Docker.Container, abortSignal: AbortSignal) => Promise<unknown>,
  ): Promise<void> {
    const [found] = await this.listed([`${LABELS.instance}=${name}`]);
    if (found === undefined) return;
    await this.engine.ask(what, (docker, abortSignal) =>
      call(docker.getContainer(found.Id), abortSignal).catch(nullWhen(GONE)),
    );
  }

  private listed(labels: readonly string[]): Promise<ListedContainer[]> {
    const { pool, deployment } = this.plan;
    const label = [`${LABELS.managed}=${deployment}`, `${LABELS.pool}=${pool}`, ...labels];
    return this.engine.read('list containers', containerList, (docker, abortSignal) =>
      docker.listContainers({ all: true, filters: { label }, abortSignal }),
    );
  }
}

/** Dockerode writes all that it is told into the URL as well, unless it is told what belongs there: secrets would be in it. */
const request = ({ name, ...body }: Docker.ContainerCreateOptions, abortSignal: AbortSignal) => ({
  _query: { name },
  _body: body,
  abortSignal,
});

/** One sample, at once; without `one-shot` the engine takes a second one, a second later. */
const once = (abortSignal: AbortSignal) => ({ stream: false as const, 'one-shot': true, abortSignal });

const nullWhen =
  (statuses: readonly number[]) =>
  (error: unknown): null => {
    if (statuses.includes(statusOf(error) ?? 0)) return null;
    throw error;
  };
