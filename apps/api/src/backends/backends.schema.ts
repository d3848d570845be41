import { z } from 'zod';
import { backendConfig, routeConfig } from '#common/config/backend-config.js';
import { backendChange } from '#common/contracts/registry.js';
import { BACKEND_SOURCES } from '#common/contracts/worker-presence.js';

const [simulator, openAi] = backendConfig.options;

/** Settings of a backend as the configuration file takes them; without `kind` it is one that speaks OpenAI's API. */
export const newBackend = z.discriminatedUnion('kind', [
  openAi.extend({ kind: z.literal('openai').optional() }),
  simulator,
]);
export type NewBackend = z.infer<typeof newBackend>;

/** `url`, `api_key_env` and `health` only of backends that were added at run time. */
export const backendPatch = z
  .strictObject({
    ...backendChange.shape,
    url: openAi.shape.url.optional(),
    api_key_env: openAi.shape.api_key_env.nullable().describe('null: no key is sent.'),
    // Without its default: what is left out stays as it is.
    health: openAi.shape.health.unwrap().optional(),
  })
  .refine((change) => Object.keys(change).length > 0, 'names nothing to change');
export type BackendPatch = z.infer<typeof backendPatch>;

export const BACKEND_STATES = ['active', 'misconfigured', 'draining', 'removed'] as const;

export const backendView = z.object({
  id: z.string(),
  kind: z.string(),
  source: z.enum(BACKEND_SOURCES).describe('file: as configured; changed: with changes; runtime: added.'),
  state: z
    .enum(BACKEND_STATES)
    .describe(
      'misconfigured: some worker cannot call it; draining: only calls that had begun go on; removed: a configured one that is not called.',
    ),
  models: z.array(z.string()),
  problem: z.string().nullable().describe('Why a worker cannot call it.'),
  config: z
    .record(z.string(), z.unknown())
    .describe('Its settings in force; of one that comes from the environment, those that are known.'),
  health: z.object({
    state: z.enum(['well', 'ill', 'unknown']),
    checked_at: z.string().nullable(),
  }),
  circuits: z.array(
    z.object({
      model: z.string().nullable(),
      state: z.string().describe('open or half-open; closed ones are left out.'),
    }),
  ),
  active: z.number().int().describe('Calls in progress, over all workers.'),
  workers: z.array(z.string()).describe('The workers that know it.'),
});
export type BackendView = z.infer<typeof backendView>;

export const backendList = z.object({ backends: z.array(backendView) });

export const done = z.object({ message: z.string() });
export type Done = z.infer<typeof done>;

export const routeView = z.object({
  pattern: z.string(),
  source: z.enum(['file', 'runtime']),
  route: routeConfig,
});
export type RouteView = z.infer<typeof routeView>;

export const routeList = z.object({
  routes: z.array(routeView).describe('The best fit wins; a model that fits none is routed by adaptive.'),
});
