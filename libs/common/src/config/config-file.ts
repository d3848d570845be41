import { z } from 'zod';
import { backendConfig, routeConfig } from './backend-config.js';
import { poolScaling, scalerSection } from './scaling-config.js';
import { count, modelPattern, name, price } from './words.js';

export type { PriceConfig } from './words.js';

const pool = z.strictObject({
  models: z.array(modelPattern).min(1),
  /** Most jobs that may wait in this pool. */
  queued_max: count.default(100_000),
  /** What a job costs its tenant in the fair queue: one, or its estimated tokens / 1000. */
  fair_cost: z.enum(['jobs', 'tokens']).default('jobs'),
  scaling: poolScaling.prefault({}),
});
export type PoolConfig = z.infer<typeof pool>;

const shadow = z.boolean().default(false);

/** So much a minute. `burst` is the size of the token bucket; by default a minute's worth. */
const rate = z
  .strictObject({
    per_minute: z.number().positive(),
    burst: count.optional(),
    strategy: z.enum(['token_bucket', 'sliding_window', 'fixed_window']).default('token_bucket'),
    shadow,
  })
  .refine(({ strategy, burst }) => burst === undefined || strategy === 'token_bucket', {
    message: 'burst belongs to the strategy token_bucket',
    path: ['burst'],
  })
  .refine(({ per_minute, burst }) => (burst ?? per_minute) >= 1, {
    message: 'less than one a minute lets nobody in without a burst of at least 1',
    path: ['per_minute'],
  });
export type RateConfig = z.infer<typeof rate>;

const most = z.strictObject({ max: count, shadow });

const tier = z.strictObject({
  /** Weight in the fair queue. */
  share: z.number().min(0.01).max(100).default(1),
  /** Least part of its rates that a tier keeps while backends fail. */
  adaptive_floor: z.number().min(0.1).max(1).default(0.1),
  /** Largest request: estimated input and max_tokens together. */
  request_tokens_max: count.optional(),
  requests: rate.optional(),
  tokens: rate.optional(),
  /** Jobs of one tenant that may be accepted and not yet settled. */
  concurrent: most.optional(),
  /** Jobs of one tenant that may wait in one moment, over all pools. */
  queued: most.optional(),
  budget: z.strictObject({ usd_per_day: z.number().positive(), shadow }).optional(),
});
export type TierConfig = z.infer<typeof tier>;

const tiers = z.record(name, tier);

/** The tiers that there are without configuration; one of the same name replaces it whole. */
const DEFAULT_TIERS = tiers.parse({
  anonymous: {
    share: 1,
    requests: { per_minute: 600, burst: 200 },
    tokens: { per_minute: 1_000_000 },
    concurrent: { max: 200 },
    queued: { max: 1_000 },
  },
  basic: {
    share: 2,
    requests: { per_minute: 1_200, burst: 400 },
    tokens: { per_minute: 2_000_000 },
    concurrent: { max: 500 },
    queued: { max: 5_000 },
  },
  premium: {
    share: 8,
    adaptive_floor: 0.5,
    requests: { per_minute: 6_000, burst: 2_000 },
    tokens: { per_minute: 10_000_000 },
    concurrent: { max: 2_000 },
    queued: { max: 20_000 },
  },
});

export const configFile = z
  .strictObject({
    pools: z
      .record(name, pool)
      .prefault({ default: { models: ['*'] } })
      .refine((pools) => 'default' in pools, 'must have a pool named default'),
    scaler: scalerSection.prefault({}),
    tiers: tiers.default({}).transform((given) => ({ ...DEFAULT_TIERS, ...given })),
    /** What tokens cost, by model pattern; a model that fits none costs nothing. */
    prices: z.record(modelPattern, price).default({}),
    /** How requests for a model are routed, by model pattern; a model that fits none is routed by `adaptive`. */
    routes: z.record(modelPattern, routeConfig).default({}),
    backends: z
      .array(backendConfig)
      .default([])
      .refine((all) => new Set(all.map(({ id }) => id)).size === all.length, 'two backends have the same id'),
  })
  .superRefine(({ pools, scaler }, context) => {
    const named = [
      ...Object.keys(scaler.swarm.services).map((pool) => ['swarm', 'services', pool]),
      ...Object.keys(scaler.kubernetes.deployments).map((pool) => ['kubernetes', 'deployments', pool]),
    ];
    for (const path of named) {
      if (Object.hasOwn(pools, path[2] ?? '')) continue;
      context.addIssue({ code: 'custom', message: 'there is no such pool', path: ['scaler', ...path] });
    }
  });
export type ConfigFile = z.infer<typeof configFile>;
