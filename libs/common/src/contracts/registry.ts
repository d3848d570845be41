import { z } from 'zod';
import { backendConfig, routeConfig } from '#common/config/backend-config.js';
import { count, modelPattern, price } from '#common/config/words.js';

/** What may be changed of a configured backend while it is called. `timeout_ms`: only of the kind `openai`. */
export const backendChange = z
  .object({
    models: z.array(modelPattern).min(1).max(200),
    weight: z.number().positive().max(1_000),
    max_connections: count.max(1_000_000),
    priority: z.number().int().min(0).max(1_000),
    prices: z.record(modelPattern, price),
    timeout_ms: count,
  })
  .partial();
export type BackendChange = z.infer<typeof backendChange>;

/**
 * What administrators changed at run time, over the backends and routes of the configuration file. Kept in PostgreSQL;
 * Redis holds this projection of it (`keys.registry`, its revision alone in `keys.registryRevision`), and
 * `channels.registry` tells that it was replaced.
 */
export const registry = z.object({
  /** Grows with every change. */
  revision: z.number().int().nonnegative(),
  /** Backends added at run time; one replaces a configured backend of the same id whole. */
  added: z.array(backendConfig),
  /** Changes of configured backends, by id. */
  changed: z.record(z.string(), backendChange),
  /** Configured backends that are not called any more. */
  removed: z.array(z.string()),
  /** Routes set at run time, by model pattern: each replaces the file's of the same pattern whole. */
  routes: z.record(z.string(), routeConfig),
});
export type Registry = z.infer<typeof registry>;

export const EMPTY_REGISTRY: Registry = { revision: 0, added: [], changed: {}, removed: [], routes: {} };
