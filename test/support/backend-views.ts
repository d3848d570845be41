import type { BackendView, RoutingRequest } from '../../apps/worker/src/backends/routing/backend-view.js';

/** A backend of which nothing is known yet. */
export const viewOf = (id: string, changes: Partial<BackendView> = {}): BackendView => ({
  id,
  weight: 1,
  priority: 0,
  active: 0,
  maxConnections: 100,
  costUsd: null,
  latencyMs: null,
  baseLatencyMs: null,
  success: 1,
  capacity: null,
  ...changes,
});

export const viewsOf = (...ids: readonly string[]): BackendView[] => ids.map((id) => viewOf(id));

export const routed = (changes: Partial<RoutingRequest> = {}): RoutingRequest => ({
  key: undefined,
  turn: 0,
  dice: [0.5, 0.5],
  ...changes,
});
