import { type BackendConfig, type RouteConfig, routeConfig } from '#common/config/backend-config.js';
import { patternFit } from '#common/contracts/model-pattern.js';
import type { Backend } from './backend.js';
import { createBackend, type BackendSettings } from './create-backend.js';
import { fittingBest } from './choose-backend.policy.js';

/** A backend that may be called, with its client. */
export interface KnownBackend {
  readonly config: BackendConfig;
  readonly client: Backend;
}

const USUAL_ROUTE = routeConfig.parse({});

/** The backends that may be called now, and how requests for a model find one. */
export class BackendDirectory {
  private readonly known: readonly KnownBackend[];

  /** @throws BootError when a configured backend's API key is missing or cannot be sent. */
  constructor(
    configured: readonly BackendConfig[],
    private readonly routes: Readonly<Record<string, RouteConfig>>,
    settings: BackendSettings,
  ) {
    this.known = configured.map((config) => ({ config, client: createBackend(config, settings) }));
  }

  list(): readonly KnownBackend[] {
    return this.known;
  }

  /** Those whose pattern fits a model best: they compete for it. */
  serving(model: string): readonly KnownBackend[] {
    const views = this.known.map((known) => ({ known, models: known.config.models }));
    return fittingBest(views, model).map(({ known }) => known);
  }

  /** The route of the pattern that fits a model best. */
  routeOf(model: string): RouteConfig {
    let best: { readonly fit: number; readonly route: RouteConfig } | null = null;
    for (const [pattern, route] of Object.entries(this.routes)) {
      const fit = patternFit(pattern, model);
      if (fit !== null && fit > (best?.fit ?? -1)) best = { fit, route };
    }
    return best?.route ?? USUAL_ROUTE;
  }
}
