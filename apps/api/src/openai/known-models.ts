import type { Redis } from 'ioredis';
import { backendHealth } from '#common/contracts/backend-health.js';
import { jsonOf } from '#common/contracts/json-of.js';
import { SIMULATED_MODELS } from '#common/contracts/simulated-models.js';
import { keys } from '#common/redis/keys.js';
import type { WorkerDirectory } from '#common/presence/worker-directory.js';
import { type ModelSource, knownModels } from './known-models.policy.js';
import type { WireModel } from './models.schema.js';

const health = jsonOf(backendHealth);

/** The models that callers can be told of: those that workers' backends name, and those that health checks found there. */
export class KnownModels {
  constructor(
    private readonly redis: Redis,
    private readonly workers: WorkerDirectory,
  ) {}

  /** `allowed`: a key's model patterns; empty: every model. Throws what Redis throws. */
  async list(allowed: readonly string[]): Promise<WireModel[]> {
    const [workers, found] = await Promise.all([this.workers.list(), this.redis.hgetall(keys.backendHealth)]);
    const sources = new Map<string, ModelSource>();
    for (const { id, kind, models: patterns = [] } of workers.flatMap(({ backends }) => backends)) {
      const seen = health.safeParse(found[id]).data?.models ?? [];
      sources.set(id, { id, patterns, names: kind === 'simulator' ? [...SIMULATED_MODELS, ...seen] : seen });
    }
    return knownModels([...sources.values()], allowed);
  }
}
