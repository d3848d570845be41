import { type BackendConfig, type RouteConfig, routeConfig } from '#common/config/backend-config.js';
import { bestFit, patternFit } from '#common/contracts/model-pattern.js';
import { EMPTY_REGISTRY, type Registry } from '#common/contracts/registry.js';
import type { BackendSource, PresentBackend } from '#common/contracts/worker-presence.js';
import { BootError } from '#common/errors/boot-error.js';
import { AllowedHosts } from '#common/network/allowed-hosts.js';
import {
  type EffectiveBackend,
  effectiveBackends,
  effectiveRoutes,
} from '#common/registry/effective-backends.policy.js';
import type { Backend } from './backend.js';
import { createBackend, type BackendSettings } from './create-backend.js';
import { RuntimeGuard } from './runtime-guard.js';

/** A backend that may be called, with its client. */
export interface KnownBackend {
  readonly config: BackendConfig;
  readonly client: Backend;
  readonly source: BackendSource;
}

/** A backend that this worker cannot call. */
interface Misconfigured extends EffectiveBackend {
  readonly problem: string;
}

const USUAL_ROUTE = routeConfig.parse({});
const MODELS_MAX = 1_000;

/**
 * The backends that may be called now, and how requests for a model find one: the configuration under the registry that was
 * applied last. A backend keeps its client for as long as nothing changes that its connections depend on.
 */
export class BackendDirectory {
  private known: readonly KnownBackend[];
  private misconfigured: readonly Misconfigured[] = [];
  private routes: Readonly<Record<string, RouteConfig>>;
  /** Not called any more; some may have calls open. */
  private readonly leaving = new Map<string, KnownBackend>();
  private readonly servingModel = new Map<string, readonly KnownBackend[]>();
  private readonly routeOfModel = new Map<string, RouteConfig>();
  private readonly listeners: (() => void)[] = [];

  /** @throws BootError when a configured backend's API key is missing or cannot be sent. */
  constructor(
    private readonly configured: readonly BackendConfig[],
    private readonly configuredRoutes: Readonly<Record<string, RouteConfig>>,
    private readonly settings: BackendSettings,
    private readonly guard = new RuntimeGuard(AllowedHosts.NONE),
  ) {
    this.known = effectiveBackends(configured, EMPTY_REGISTRY).map((backend) => this.create(backend));
    this.routes = configuredRoutes;
  }

  list(): readonly KnownBackend[] {
    return this.known;
  }

  /** Those whose pattern fits a model best: they compete for it. */
  serving(model: string): readonly KnownBackend[] {
    return remembered(this.servingModel, model, () => {
      const fits = this.known.map((known) => ({ known, fit: bestFit(known.config.models, model) ?? -1 }));
      const best = Math.max(0, ...fits.map(({ fit }) => fit));
      return fits.filter(({ fit }) => fit === best).map(({ known }) => known);
    });
  }

  /** The route of the pattern that fits a model best. */
  routeOf(model: string): RouteConfig {
    return remembered(this.routeOfModel, model, () => {
      let best: { readonly fit: number; readonly route: RouteConfig } | null = null;
      for (const [pattern, route] of Object.entries(this.routes)) {
        const fit = patternFit(pattern, model);
        if (fit !== null && fit > (best?.fit ?? -1)) best = { fit, route };
      }
      return best?.route ?? USUAL_ROUTE;
    });
  }

  /** Called after every change of what is here. */
  onChange(listener: () => void): void {
    this.listeners.push(listener);
  }

  /** From the next call on this registry is in force. Answers which of its backends cannot be called here, and why. */
  apply(registry: Registry): { readonly id: string; readonly problem: string }[] {
    const before = new Map(this.known.map((known) => [known.config.id, known]));
    const known: KnownBackend[] = [];
    const misconfigured: Misconfigured[] = [];
    for (const backend of effectiveBackends(this.configured, registry)) {
      const made = this.reuseOrCreate(before.get(backend.config.id), backend);
      if ('problem' in made) misconfigured.push(made);
      else known.push(made);
    }
    this.leave([...before.values()], known);
    this.known = known;
    this.misconfigured = misconfigured;
    this.routes = effectiveRoutes(this.configuredRoutes, registry);
    this.servingModel.clear();
    this.routeOfModel.clear();
    for (const listener of this.listeners) listener();
    return misconfigured.map(({ config: { id }, problem }) => ({ id, problem }));
  }

  /** For the heartbeat; `activeOf` says how many calls this worker has open at a backend. */
  describe(activeOf: (id: string) => number): PresentBackend[] {
    for (const id of this.leaving.keys()) if (activeOf(id) === 0) this.leaving.delete(id);
    const present = ({ config: { id, kind, models, max_connections }, source }: EffectiveBackend) => ({
      id,
      kind,
      models,
      max_connections,
      source,
      active: activeOf(id),
      is_draining: false,
    });
    return [
      ...this.known.map(present),
      ...this.misconfigured.map((backend) => ({ ...present(backend), problem: backend.problem })),
      ...[...this.leaving.values()].map((backend) => ({ ...present(backend), is_draining: true })),
    ];
  }

  private leave(before: readonly KnownBackend[], now: readonly KnownBackend[]): void {
    for (const known of before) this.leaving.set(known.config.id, known);
    for (const { config } of now) this.leaving.delete(config.id);
  }

  private reuseOrCreate(
    before: KnownBackend | undefined,
    backend: EffectiveBackend,
  ): KnownBackend | Misconfigured {
    const isSame = before !== undefined && connectionOf(before) === connectionOf(backend);
    if (isSame) return { ...backend, client: before.client };
    const problem = backend.source === 'runtime' ? this.guard.problemOf(backend.config) : null;
    if (problem !== null) return { ...backend, problem };
    try {
      return this.create(backend);
    } catch (error) {
      if (!(error instanceof BootError)) throw error;
      return { ...backend, problem: error.message };
    }
  }

  private create({ config, source }: EffectiveBackend): KnownBackend {
    const { dispatcher } = this.guard;
    const settings = source === 'runtime' ? { ...this.settings, dispatcher } : this.settings;
    return { config, source, client: createBackend(config, settings) };
  }
}

/** All that a client is made of, as text. */
function connectionOf({ config, source }: EffectiveBackend): string {
  const { models: _, weight: _w, max_connections: _m, priority: _p, prices: _c, ...connection } = config;
  return JSON.stringify([connection, source === 'runtime']);
}

/** Model names come from callers: what is remembered of them begins anew when they are many. */
function remembered<T>(known: Map<string, T>, model: string, find: () => T): T {
  const found = known.get(model) ?? find();
  if (known.size >= MODELS_MAX) known.clear();
  known.set(model, found);
  return found;
}
