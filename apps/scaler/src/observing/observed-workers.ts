import type { WorkerDirectory } from '#common/presence/worker-directory.js';
import type { DrivenInstance, Driver, InstanceUsage } from '../drivers/driver.js';

/** The name of a worker that no driver started is its own id. */
export const nameOf = ({ instance, id }: { readonly instance: string | null; readonly id: string }): string =>
  instance ?? id;

/**
 * The driver of a scaler that only observes: besides its own workers it lists those that somebody else runs, so that what is
 * wanted is a number for all of them. It changes nothing.
 */
export class ObservedWorkers implements Driver {
  readonly kind: Driver['kind'];
  readonly capabilities: Driver['capabilities'];

  constructor(
    private readonly pool: string,
    private readonly driver: Driver,
    private readonly workers: Pick<WorkerDirectory, 'list'>,
  ) {
    this.kind = driver.kind;
    this.capabilities = driver.capabilities;
  }

  get spec(): string {
    return this.driver.spec;
  }

  async list(): Promise<readonly DrivenInstance[]> {
    const [own, workers] = await Promise.all([this.driver.list(), this.workers.list()]);
    const known = new Set(own.map(({ name }) => name));
    const others = workers
      .filter(({ pool, roles }) => pool === this.pool && roles.includes('generate'))
      .filter((worker) => !known.has(nameOf(worker)));
    const { spec } = this;
    return [
      ...own,
      ...others.map((worker) => {
        const { born_ms } = worker;
        return { name: nameOf(worker), state: 'running', spec, born_ms, ended: null } as const;
      }),
    ];
  }

  start(): Promise<never> {
    return changesNothing();
  }

  stop(): Promise<never> {
    return changesNothing();
  }

  kill(): Promise<never> {
    return changesNothing();
  }

  forget(): Promise<never> {
    return changesNothing();
  }

  usage(): Promise<ReadonlyMap<string, InstanceUsage>> {
    return this.driver.usage();
  }

  release(): Promise<void> {
    return this.driver.release('not-leading');
  }
}

async function changesNothing(): Promise<never> {
  throw new Error('a scaler that only observes changes nothing');
}
