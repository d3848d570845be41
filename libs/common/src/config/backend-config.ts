import { z } from 'zod';
import { count, modelName, modelPattern, name, price } from './words.js';

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

export const simulatorProfiles = z.record(modelName, simulatorProfile.partial());

/** How a backend is looked at while nobody calls it. */
const healthCheck = z.strictObject({
  /** Appended to the base URL. Any answer below 500 is a sign of life. */
  path: z
    .string()
    .regex(/^\/[\x21-\x7e]*$/, 'must begin with / and hold no blanks')
    .default('/models'),
  interval_ms: z.number().int().min(1_000).default(10_000),
  timeout_ms: z.number().int().min(100).max(60_000).default(2_000),
});

const common = {
  id: name,
  models: z.array(modelPattern).min(1).max(200).default(['*']),
  /** Its part of the calls where the strategy goes by weight. */
  weight: z.number().positive().max(1_000).default(1),
  /** Calls that the whole fleet of workers has open there at most. */
  max_connections: count.max(1_000_000).default(100),
  /** Order of failover: the lowest is called first (strategy `priority`). */
  priority: z.number().int().min(0).max(1_000).default(0),
  /** What its tokens cost by model pattern; stronger than the file's `prices`. */
  prices: z.record(modelPattern, price).default({}),
};

export const backendConfig = z.discriminatedUnion('kind', [
  z.strictObject({ ...common, kind: z.literal('simulator'), profiles: simulatorProfiles.default({}) }),
  z.strictObject({
    ...common,
    kind: z.literal('openai'),
    url: z.url({ protocol: /^https?$/ }),
    /** The environment key that holds this backend's API key. */
    api_key_env: z
      .string()
      .regex(/^[A-Z][A-Z0-9_]*$/)
      .optional(),
    /** For the whole call, up to the last byte. */
    timeout_ms: count.default(120_000),
    /** False: it is never looked at, and counts as well until calls fail. */
    health: z.union([healthCheck, z.literal(false)]).prefault({}),
  }),
]);
export type BackendConfig = z.infer<typeof backendConfig>;

export const STRATEGIES = [
  'adaptive',
  'round_robin',
  'weighted_round_robin',
  'random',
  'least_connections',
  'least_latency',
  'cost',
  'priority',
  'sticky',
] as const;
export type Strategy = (typeof STRATEGIES)[number];

/** How requests for a model find a backend. */
export const routeConfig = z.strictObject({
  strategy: z.enum(STRATEGIES).default('adaptive'),
  /** Models that answer instead, in this order, when no backend of the model can. */
  fallbacks: z.array(modelName).max(5).default([]),
  /** A second backend is called as well when the first has said nothing for so long. Absent: never. */
  hedge_after_ms: count.max(600_000).optional(),
});
export type RouteConfig = z.infer<typeof routeConfig>;
