import type { SeenInstance } from '#common/contracts/scaling.js';

/** Whether it is one of those that a decision counts: it takes jobs, or will. */
export const counts = ({ state }: SeenInstance): boolean => state === 'starting' || state === 'ready';

/**
 * Who leaves first: starting ones, the newest first; then idle ones; then those with the fewest jobs. Among equals what was
 * started from an old image or configuration leaves first, then the younger. So no busy worker leaves while an idle one is there.
 */
export function victimsOf(instances: readonly SeenInstance[], howMany: number): string[] {
  return instances
    .filter(counts)
    .sort(
      (one, other) =>
        Number(other.state === 'starting') - Number(one.state === 'starting') ||
        one.active - other.active ||
        Number(other.is_outdated) - Number(one.is_outdated) ||
        other.born_ms - one.born_ms ||
        (one.name < other.name ? -1 : 1),
    )
    .slice(0, Math.max(0, howMany))
    .map(({ name }) => name);
}

/** Cordoned ones that may take jobs again: current images first, then the busiest, which would take longest to leave. */
export function undrainOf(instances: readonly SeenInstance[], howMany: number): string[] {
  return instances
    .filter(({ state }) => state === 'cordoned')
    .sort(
      (one, other) =>
        Number(one.is_outdated) - Number(other.is_outdated) ||
        other.active - one.active ||
        one.born_ms - other.born_ms ||
        (one.name < other.name ? -1 : 1),
    )
    .slice(0, Math.max(0, howMany))
    .map(({ name }) => name);
}
