import type { PoolReader, PoolSights } from '../reading/pool-reader.js';
import { nameOf } from './observed-workers.js';

/** Readings in which every worker has the name that ObservedWorkers lists it under. */
export class ObservedReader {
  constructor(private readonly reader: Pick<PoolReader, 'read'>) {}

  async read(pool: string, leadS: number): Promise<PoolSights> {
    const sights = await this.reader.read(pool, leadS);
    const presences = sights.presences.map((worker) => ({ ...worker, instance: nameOf(worker) }));
    return { ...sights, presences };
  }
}
