import { bestFit } from '#common/contracts/model-pattern.js';
import type { WireModel } from './models.schema.js';

/** A backend as far as its models are concerned. */
export interface ModelSource {
  readonly id: string;
  /** Model names, or beginnings followed by `*`. */
  readonly patterns: readonly string[];
  /** Names that it is known to have; of these only what a pattern lets through is served. */
  readonly names: readonly string[];
}

const isName = (pattern: string): boolean => !pattern.endsWith('*');

/** The models known by name that `allowed` lets through (empty: all), sorted. Each belongs to the backend whose pattern fits best. */
export function knownModels(sources: readonly ModelSource[], allowed: readonly string[]): WireModel[] {
  const found = new Map<string, { readonly owner: string; readonly fit: number }>();
  for (const { id, patterns, names } of sources) {
    for (const model of new Set([...patterns.filter(isName), ...names])) {
      const fit = bestFit(patterns, model);
      if (fit !== null && fit > (found.get(model)?.fit ?? -1)) found.set(model, { owner: id, fit });
    }
  }
  return [...found]
    .filter(([model]) => allowed.length === 0 || bestFit(allowed, model) !== null)
    .sort(([left], [right]) => (left < right ? -1 : 1))
    .map(([id, { owner }]) => ({ id, object: 'model', created: 0, owned_by: owner }));
}
