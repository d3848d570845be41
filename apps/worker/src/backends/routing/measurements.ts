import { atNow, type Measured, type ObservedCall, observeCall, UNMEASURED } from './measured.policy.js';

/** Callers choose the names of models: what is remembered of them is bounded. */
const ENTRIES_MAX = 2_000;

/** What this worker learnt of each backend under each model, in memory. The one observed longest ago is forgotten first. */
export class Measurements {
  private readonly byName = new Map<string, { readonly backend: string; readonly measured: Measured }>();

  constructor(private readonly entriesMax = ENTRIES_MAX) {}

  observe(backend: string, model: string, call: ObservedCall): void {
    const name = nameOf(backend, model);
    const known = this.byName.get(name)?.measured ?? { ...UNMEASURED, updatedMs: call.nowMs };
    this.byName.delete(name);
    this.byName.set(name, { backend, measured: observeCall(known, call) });
    if (this.byName.size <= this.entriesMax) return;
    const [oldest] = this.byName.keys();
    if (oldest !== undefined) this.byName.delete(oldest);
  }

  of(backend: string, model: string, nowMs: number): Measured {
    const known = this.byName.get(nameOf(backend, model));
    return known === undefined ? { ...UNMEASURED, updatedMs: nowMs } : atNow(known.measured, nowMs);
  }

  /** Of backends that are gone nothing is kept: one that comes back under an old name is new. */
  forgetAllBut(backends: ReadonlySet<string>): void {
    for (const [name, { backend }] of this.byName) if (!backends.has(backend)) this.byName.delete(name);
  }
}

/** No backend's id holds a blank. */
const nameOf = (backend: string, model: string): string => `${backend} ${model}`;
