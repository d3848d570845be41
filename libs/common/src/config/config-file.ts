import { z } from 'zod';

const name = z
  .string()
  .regex(/^[a-z0-9][a-z0-9-]{0,39}$/, 'use lower-case letters, digits and hyphens, 40 characters at most');
const count = z.number().int().positive();

/** A model name, or a beginning followed by `*`. */
const modelPattern = z.string().regex(/^[^*]*\*?$/, 'a * may stand only at the end');

export const simulatorProfile = z.strictObject({
  /** Median time to the first token, in milliseconds. */
  latency_ms: z.number().nonnegative(),
  /** Spread: the standard deviation of the latency's logarithm (log-normal). */
  latency_sigma: z.number().nonnegative().max(3),
  /** Generation speed after the first token; 0 means at once. */
  tokens_per_second: z.number().nonnegative(),
  /** Share of calls that fail. */
  error_rate: z.number().min(0).max(1),
  error_kind: z.enum(['server_error', 'rate_limited', 'timeout', 'refused', 'connection']),
});
export type SimulatorProfile = z.infer<typeof simulatorProfile>;

export const simulatorProfiles = z.record(z.string(), simulatorProfile.partial());

const backendCommon = { id: name, models: z.array(modelPattern).min(1) };

const backend = z.discriminatedUnion('kind', [
  z.strictObject({ ...backendCommon, kind: z.literal('simulator'), profiles: simulatorProfiles.default({}) }),
  z.strictObject({
    ...backendCommon,
    kind: z.literal('openai'),
    url: z.url({ protocol: /^https?$/ }),
    /** The environment key that holds this backend's API key. */
    api_key_env: z
      .string()
      .regex(/^[A-Z][A-Z0-9_]*$/)
      .optional(),
    timeout_ms: count.default(120_000),
  }),
]);
export type BackendConfig = z.infer<typeof backend>;

const pool = z.strictObject({
  models: z.array(modelPattern).min(1),
  /** Most jobs that may wait in this pool. */
  queued_max: count.default(100_000),
});

const tier = z.strictObject({
  /** Most jobs of one tenant that may be accepted and not yet settled. */
  concurrent_max: count.default(20_000),
  /** Most jobs of one tenant that may wait in one moment, over all pools. */
  queued_max: count.default(20_000),
});
export type TierConfig = z.infer<typeof tier>;

export const configFile = z.strictObject({
  pools: z
    .record(name, pool)
    .default({ default: { models: ['*'], queued_max: 100_000 } })
    .refine((pools) => 'default' in pools, 'must have a pool named default'),
  tiers: z
    .record(name, tier)
    .default({ anonymous: { concurrent_max: 20_000, queued_max: 20_000 } })
    .refine((tiers) => 'anonymous' in tiers, 'must have a tier named anonymous'),
  backends: z
    .array(backend)
    .default([])
    .refine((all) => new Set(all.map(({ id }) => id)).size === all.length, 'two backends have the same id'),
});
export type ConfigFile = z.infer<typeof configFile>;
