import { bestFit } from '#common/contracts/model-pattern.js';

/** What routing knows of a backend. */
export interface BackendView {
  readonly id: string;
  /** Model names, or beginnings followed by `*`. */
  readonly models: readonly string[];
  /** Calls that this worker has open there. */
  readonly active: number;
}

/**
 * The backend for the next attempt, or null when none serves `model`. Only those whose pattern fits best compete; one of
 * `avoid` is taken when there is no other; among equals the one with the fewest active calls, then the first.
 */
export function chooseBackend(
  backends: readonly BackendView[],
  model: string,
  avoid: ReadonlySet<string>,
): BackendView | null {
  const fitting = fittingBest(backends, model);
  const welcome = fitting.filter(({ id }) => !avoid.has(id));
  return leastActive(welcome.length > 0 ? welcome : fitting);
}

/** The backends that compete for `model`. */
export function fittingBest<B extends Pick<BackendView, 'models'>>(
  backends: readonly B[],
  model: string,
): readonly B[] {
  const fits = backends.flatMap((backend) => {
    const fit = bestFit(backend.models, model);
    return fit === null ? [] : [{ backend, fit }];
  });
  const best = Math.max(...fits.map(({ fit }) => fit));
  return fits.filter(({ fit }) => fit === best).map(({ backend }) => backend);
}

function leastActive(backends: readonly BackendView[]): BackendView | null {
  return backends.reduce<BackendView | null>(
    (least, backend) => (least === null || backend.active < least.active ? backend : least),
    null,
  );
}
