import type { RouteConfig } from '#common/config/backend-config.js';
import { modelPattern } from '#common/config/words.js';
import { Refusal } from '#common/errors/refusal.js';
import type { RouteView } from './backends.schema.js';
import { askLedger } from './manage-backends.js';
import type { RegistryLedger } from './registry.ledger.js';
import type { RegistryProjection } from './registry-projection.js';
import type { RegistryReader } from './registry.reader.js';

export interface ManageRoutesParts {
  readonly ledger: RegistryLedger | null;
  readonly projection: Pick<RegistryProjection, 'project'>;
  readonly reader: Pick<RegistryReader, 'read'>;
  readonly configured: Readonly<Record<string, RouteConfig>>;
}

/** What administrators do with the routes of models. */
export class ManageRoutes {
  constructor(private readonly parts: ManageRoutesParts) {}

  /** Those in force, by pattern. */
  async list(): Promise<RouteView[]> {
    const { routes } = await this.parts.reader.read();
    const views = new Map<string, RouteView>();
    for (const [pattern, route] of Object.entries(this.parts.configured))
      views.set(pattern, { pattern, source: 'file', route });
    for (const [pattern, route] of Object.entries(routes))
      views.set(pattern, { pattern, source: 'runtime', route });
    return [...views.values()].sort((one, other) => (one.pattern < other.pattern ? -1 : 1));
  }

  /** Replaces the route of this pattern whole. @throws Refusal invalid_value, dependency_unavailable. */
  async set(pattern: string, route: RouteConfig): Promise<RouteView> {
    const read = modelPattern.safeParse(pattern);
    if (!read.success) {
      const message = `pattern: ${read.error.issues[0]?.message ?? 'is not accepted'}`;
      throw new Refusal('invalid_value', { param: 'pattern', message });
    }
    await askLedger(this.parts.ledger, (ledger) => ledger.setRoute(pattern, route));
    await this.parts.projection.project();
    return { pattern, source: 'runtime', route };
  }

  /** Back to the file's. @throws Refusal route_not_found when none was set at run time. */
  async unset(pattern: string): Promise<void> {
    const isUnset = await askLedger(this.parts.ledger, (ledger) => ledger.unsetRoute(pattern));
    if (!isUnset) {
      const message = 'No route was set at run time for this pattern. GET /admin/routes lists them.';
      throw new Refusal('route_not_found', { message });
    }
    await this.parts.projection.project();
  }
}
