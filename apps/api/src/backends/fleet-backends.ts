import type { WorkerDirectory } from '#common/presence/worker-directory.js';
import { viewBackends } from './backend-views.js';
import type { BackendView } from './backends.schema.js';
import type { ConditionReader } from './condition.reader.js';
import type { ConfiguredList } from './configured-list.js';
import type { RegistryReader } from './registry.reader.js';

export interface FleetBackendsParts {
  readonly configured: ConfiguredList;
  readonly registry: Pick<RegistryReader, 'read'>;
  readonly workers: Pick<WorkerDirectory, 'list'>;
  readonly condition: Pick<ConditionReader, 'read'>;
}

/** The backends as the whole fleet has them, from Redis alone. */
export class FleetBackends {
  constructor(private readonly parts: FleetBackendsParts) {}

  async list(): Promise<BackendView[]> {
    const { configured, registry, workers, condition } = this.parts;
    const [read, present, found] = await Promise.all([registry.read(), workers.list(), condition.read()]);
    const generating = present.filter(({ roles }) => roles.includes('generate'));
    const nowMs = Date.now();
    return viewBackends(configured, { registry: read, workers: generating, condition: found, nowMs });
  }
}
