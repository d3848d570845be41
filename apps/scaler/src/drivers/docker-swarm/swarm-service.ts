import type { DockerEngine } from '../docker/docker-engine.js';
import { statusOf } from '../docker/engine-trouble.js';
import { DriverTrouble } from '../driver.js';
import {
  type ServiceDetails,
  type ServiceSpec,
  type SwarmTask,
  serviceDetails,
  taskList,
} from './swarm-answers.js';

/** So often is a change made again that somebody else's was quicker than. */
const TRIES_MAX = 5;
/** What Swarm says of a change that was made to an earlier version than there is now. */
const OUT_OF_SEQUENCE = 'out of sequence';

/** One service of a swarm. Every call throws DriverTrouble. */
export class SwarmService {
  constructor(
    private readonly engine: DockerEngine,
    private readonly name: string,
  ) {}

  read(): Promise<ServiceDetails> {
    return this.engine.read(`look at the service ${this.name}`, serviceDetails, (docker, abortSignal) =>
      docker.getService(this.name).inspect({ abortSignal }),
    );
  }

  /** All that Swarm still knows of, also what it ended. */
  tasks(): Promise<SwarmTask[]> {
    return this.engine.read(`list the tasks of ${this.name}`, taskList, (docker, abortSignal) =>
      docker.listTasks({ filters: { service: [this.name] }, abortSignal }),
    );
  }

  /** Changes it, unless `edit` answers null. A change by somebody else in between is seen by `edit` on the next try. */
  async change(edit: (spec: ServiceSpec) => ServiceSpec | null): Promise<void> {
    for (let tries = 1; ; tries++) {
      const { ID, Version, Spec } = await this.read();
      const changed = edit(Spec);
      if (changed === null) return;
      try {
        await this.update(ID, Version.Index, changed);
        return;
      } catch (error) {
        if (!isOutOfSequence(error) || tries >= TRIES_MAX) throw error;
      }
    }
  }

  /** False: its container is not on this engine, or there is none yet. */
  async signal(task: SwarmTask, signal: 'SIGTERM' | 'SIGKILL'): Promise<boolean> {
    const id = task.Status.ContainerStatus?.ContainerID ?? '';
    if (id === '') return false;
    return this.engine.ask(`send ${signal} to task ${task.ID}`, (docker, abortSignal) =>
      docker
        .getContainer(id)
        .kill({ signal, abortSignal })
        .then(() => true, falseWhenGone),
    );
  }

  private async update(id: string, version: number, spec: ServiceSpec): Promise<void> {
    await this.engine.ask(`change the service ${this.name}`, (docker, abortSignal) =>
      // The registry's credentials, of which there are none, come first.
      docker.getService(id).update({ _query: { version }, _body: spec, abortSignal }),
    );
  }
}

function falseWhenGone(error: unknown): false {
  if ([404, 409].includes(statusOf(error) ?? 0)) return false;
  throw error;
}

const isOutOfSequence = (error: unknown): boolean =>
  error instanceof DriverTrouble && error.message.includes(OUT_OF_SEQUENCE);
