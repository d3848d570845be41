import type { BackendConfig, RouteConfig } from '#common/config/backend-config.js';
import type { BackendChange, Registry } from '#common/contracts/registry.js';
import type { BackendSource } from '#common/contracts/worker-presence.js';

/** A backend that is called, and where that comes from. */
export interface EffectiveBackend {
  readonly config: BackendConfig;
  readonly source: BackendSource;
}

/**
 * What the registry makes of the configured backends: those that are not removed, as they were changed, in their order, then
 * those that were added, in the order of their ids. An added one replaces a configured one of the same id.
 */
export function effectiveBackends(
  configured: readonly BackendConfig[],
  { added, changed, removed }: Registry,
): EffectiveBackend[] {
  const gone = new Set([...removed, ...added.map(({ id }) => id)]);
  const kept = configured.filter(({ id }) => !gone.has(id));
  return [
    ...kept.map((config) => changedBackend(config, changed[config.id])),
    ...[...added].sort(byId).map((config): EffectiveBackend => ({ config, source: 'runtime' })),
  ];
}

/** The routes in force, by model pattern. */
export function effectiveRoutes(
  configured: Readonly<Record<string, RouteConfig>>,
  { routes }: Registry,
): Readonly<Record<string, RouteConfig>> {
  return { ...configured, ...routes };
}

function changedBackend(config: BackendConfig, change: BackendChange | undefined): EffectiveBackend {
  if (change === undefined) return { config, source: 'file' };
  const { timeout_ms, ...common } = change;
  const told = {
    models: common.models ?? config.models,
    weight: common.weight ?? config.weight,
    max_connections: common.max_connections ?? config.max_connections,
    priority: common.priority ?? config.priority,
    prices: common.prices ?? config.prices,
  };
  return {
    source: 'changed',
    config:
      config.kind === 'simulator'
        ? { ...config, ...told }
        : { ...config, ...told, timeout_ms: timeout_ms ?? config.timeout_ms },
  };
}

const byId = (one: BackendConfig, other: BackendConfig): number =>
  one.id < other.id ? -1 : one.id > other.id ? 1 : 0;
