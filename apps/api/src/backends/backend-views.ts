import type { BackendConfig } from '#common/config/backend-config.js';
import { maskUrl } from '#common/config/mask.js';
import type { Registry } from '#common/contracts/registry.js';
import type { PresentBackend, WorkerPresence } from '#common/contracts/worker-presence.js';
import { effectiveBackends, type EffectiveBackend } from '#common/registry/effective-backends.policy.js';
import type { BackendView } from './backends.schema.js';
import type { Condition } from './condition.reader.js';
import { type ConfiguredList, UNKNOWN_URL } from './configured-list.js';

export interface Fleet {
  readonly registry: Registry;
  /** Those that generate. */
  readonly workers: readonly WorkerPresence[];
  readonly condition: Condition;
  /** Unix milliseconds. */
  readonly nowMs: number;
}

/** What nobody has checked for so many intervals is not known any more. */
const INTERVALS_MAX = 3;

interface Sighting {
  readonly worker: string;
  readonly backend: PresentBackend;
}

/** Every backend in force, then those that drain, then configured ones that were removed. */
export function viewBackends(list: ConfiguredList, fleet: Fleet): BackendView[] {
  const { registry, workers } = fleet;
  const sightings = workers.flatMap(({ id, backends }) =>
    backends.map((backend): Sighting => ({ worker: id, backend })),
  );
  const configured = list.list(sightings.map(({ backend }) => backend));
  const effective = effectiveBackends(configured, registry);
  const view = (backend: EffectiveBackend, isInForce: boolean): BackendView => {
    const seen = sightings.filter((sighting) => sighting.backend.id === backend.config.id);
    const problem = seen.find((sighting) => sighting.backend.problem !== undefined)?.backend.problem ?? null;
    const isDraining = seen.some((sighting) => sighting.backend.is_draining);
    return {
      id: backend.config.id,
      kind: backend.config.kind,
      models: backend.config.models,
      source: backend.source,
      state: isInForce
        ? problem === null
          ? 'active'
          : 'misconfigured'
        : isDraining
          ? 'draining'
          : 'removed',
      problem,
      config: shown(backend.config),
      ...conditionOf(backend.config.id, backend.config, fleet),
      active: seen.reduce((sum, sighting) => sum + sighting.backend.active, 0),
      workers: seen.map(({ worker }) => worker),
    };
  };
  const inForce = new Set(effective.map(({ config }) => config.id));
  const removed = configured.filter(({ id }) => !inForce.has(id));
  return [
    ...effective.map((backend) => view(backend, true)),
    ...removed.map((config) => view({ config, source: 'file' }, false)),
    ...draining(sightings, new Set([...inForce, ...removed.map(({ id }) => id)])).map((sighting) => ({
      ...viewDraining(sighting, sightings),
      ...conditionOf(sighting.backend.id, null, fleet),
    })),
  ];
}

/** The first sighting of each backend that only workers still know, because of the calls that are open there. */
function draining(sightings: readonly Sighting[], known: ReadonlySet<string>): Sighting[] {
  const found = new Map<string, Sighting>();
  for (const sighting of sightings) {
    const { id, is_draining } = sighting.backend;
    if (is_draining && !known.has(id) && !found.has(id)) found.set(id, sighting);
  }
  return [...found.values()];
}

function viewDraining({ backend }: Sighting, sightings: readonly Sighting[]) {
  const seen = sightings.filter((sighting) => sighting.backend.id === backend.id);
  return {
    id: backend.id,
    kind: backend.kind,
    models: backend.models,
    source: backend.source,
    state: 'draining' as const,
    problem: null,
    config: {},
    active: seen.reduce((sum, sighting) => sum + sighting.backend.active, 0),
    workers: seen.map(({ worker }) => worker),
  };
}

function conditionOf(
  id: string,
  config: BackendConfig | null,
  { condition: { circuits, health }, nowMs }: Fleet,
): Pick<BackendView, 'health' | 'circuits'> {
  const found = health.get(id);
  const isFresh = found !== undefined && nowMs - found.checkedMs <= freshMs(config);
  return {
    health: {
      state: !isFresh ? 'unknown' : found.isWell ? 'well' : 'ill',
      checked_at: found === undefined ? null : new Date(found.checkedMs).toISOString(),
    },
    circuits: circuits.filter(({ backend }) => backend === id).map(({ model, state }) => ({ model, state })),
  };
}

/** For how long a check says something; 0 where nobody looks. */
function freshMs(config: BackendConfig | null): number {
  if (config?.kind !== 'openai' || config.health === false) return 0;
  return INTERVALS_MAX * (config.health.interval_ms + config.health.timeout_ms);
}

function shown(config: BackendConfig): Record<string, unknown> {
  const { id: _, kind: _k, models: _m, ...settings } = config;
  if (!('url' in settings)) return settings;
  const { url, ...others } = settings;
  return { url: url === UNKNOWN_URL ? null : maskUrl(url), ...others };
}
