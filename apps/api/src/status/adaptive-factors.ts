import type { Redis } from 'ioredis';
import { keys } from '#common/redis/keys.js';

/** What a model's backend multiplies the admitted rate with, before the mean over the model's backends. */
export interface AdaptiveFactor {
  readonly model: string;
  readonly backend: string;
  readonly factor: number;
}

/** The factors of every model that was called in the last ten minutes (a thousand at most). */
export class AdaptiveFactors {
  constructor(private readonly redis: Redis) {}

  /** The lowest first. */
  async list(): Promise<AdaptiveFactor[]> {
    const models = await this.redis.zrange(keys.adaptiveModels, '0', '-1');
    const found = await Promise.all(models.map((model) => this.readModel(model)));
    return found.flat().sort(byFactor);
  }

  /** Empty when its keys have ended since it was listed. */
  private async readModel(digest: string): Promise<AdaptiveFactor[]> {
    const [model, factors] = await Promise.all([
      this.redis.hget(keys.adaptiveWindows(digest), 'model'),
      this.redis.hgetall(keys.adaptiveFactors(digest)),
    ]);
    if (model === null) return [];
    return Object.entries(factors).map(([backend, factor]) => ({ model, backend, factor: Number(factor) }));
  }
}

/** With a place for equals too, so that no entry moves from one answer to the next. */
const byFactor = (one: AdaptiveFactor, other: AdaptiveFactor): number =>
  one.factor - other.factor ||
  one.model.localeCompare(other.model) ||
  one.backend.localeCompare(other.backend);
