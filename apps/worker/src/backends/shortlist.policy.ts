/** What is known of a backend that serves a model, as far as it decides whether it may be called now. */
export interface Candidate {
  /** `due`: its circuit is open, and whoever claims the probe may call it. */
  readonly circuit: 'closed' | 'due' | { readonly openMs: number };
  /** What health checks say; a backend that was never looked at counts as well. */
  readonly isWell: boolean;
  /** How long it asked to be left alone, in milliseconds; 0 when it did not. */
  readonly restMs: number;
  /** This job has called it before, and it failed. */
  readonly hasTried: boolean;
}

/** What a job waits for that no backend can take now. */
export type Awaited = 'circuit' | 'rest';

export type Shortlist<C> =
  | { readonly kind: 'some'; readonly candidates: readonly C[] }
  /** None may be called now; `inMs` is when to look again. */
  | { readonly kind: 'later'; readonly because: Awaited; readonly inMs: number }
  | { readonly kind: 'nobody' };

/** A backend that health checks found ill is looked at again by them, nobody knows when with what result. */
const ILL_MS = 2_000;

/**
 * Who may be called next. `groups` are the backends of the model that was asked for, then those of each of its fallbacks.
 * Whoever has not failed this job comes first, also when only a fallback is left; then those who have.
 */
export function shortlist<C extends Candidate>(groups: readonly (readonly C[])[]): Shortlist<C> {
  for (const hasTried of [false, true]) {
    for (const group of groups) {
      const candidates = group.filter((one) => one.hasTried === hasTried && waitOf(one) === null);
      if (candidates.length > 0) return { kind: 'some', candidates };
    }
  }
  return groups
    .flat()
    .map(waitOf)
    .reduce<Shortlist<C>>(
      (soonest, wait) =>
        wait === null || (soonest.kind === 'later' && soonest.inMs <= wait.inMs)
          ? soonest
          : { kind: 'later', ...wait },
      { kind: 'nobody' },
    );
}

function waitOf({ circuit, isWell, restMs }: Candidate): { because: Awaited; inMs: number } | null {
  if (typeof circuit === 'object') return { because: 'circuit', inMs: Math.max(circuit.openMs, restMs) };
  if (!isWell) return { because: 'circuit', inMs: Math.max(ILL_MS, restMs) };
  return restMs > 0 ? { because: 'rest', inMs: restMs } : null;
}
