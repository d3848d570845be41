import type { GenerationTask } from '#common/contracts/generation.js';
import type { Metrics } from '#common/observability/metrics.js';
import type { CallOutcome } from './backend.js';
import type { BackendDirectory, KnownBackend } from './backend-directory.js';
import type { Circuits } from './circuits/circuits.js';
import type { HealthChecks } from './health/health-checks.js';
import type { Permit, Permits } from './permits/permits.js';
import { type Callable, Strategies, type StrategiesParts } from './routing/strategies.js';
import { type Awaited, type Candidate, type Shortlist, shortlist } from './shortlist.policy.js';

/** Where the next attempt goes. The permit is held until the call has ended. */
export interface Chosen {
  readonly kind: 'chosen';
  readonly backend: KnownBackend;
  readonly model: string;
  readonly permit: Permit;
  /** The circuit is open, and this call finds out whether it may close. */
  readonly isProbe: boolean;
}

export type Route =
  | Chosen
  | { readonly kind: 'later'; readonly because: Awaited; readonly inMs: number }
  /** No backend serves the model or a fallback of it. */
  | { readonly kind: 'nobody' }
  /** `signal` fired while every backend was busy. */
  | { readonly kind: 'stopped' };

export type Unrouted = Exclude<Route, Chosen>;

export interface Asking {
  readonly pool: string;
  readonly task: GenerationTask;
  /** Ids of backends that have failed this job. */
  readonly tried: ReadonlySet<string>;
  /** Ids of backends that are not to be asked at all: those that this job is calling now. */
  readonly busyWith?: ReadonlySet<string>;
}

export interface RouterParts extends StrategiesParts {
  readonly directory: BackendDirectory;
  readonly circuits: Pick<Circuits, 'availability' | 'claimProbe' | 'report'>;
  readonly health: Pick<HealthChecks, 'isWell'>;
  readonly permits: Pick<Permits, 'take' | 'freeSoon' | 'fleetActive'>;
  readonly metrics: Metrics;
}

interface Found extends Candidate, Callable {}

const NOBODY: ReadonlySet<string> = new Set();
/** A probe that is given back says nothing. */
const NOT_CALLED: CallOutcome = { kind: 'aborted' };
/** Others' permits come back without a word. */
const LOOK_AGAIN_MS = 100;
const RESTS_MAX = 10_000;

/** Finds the backend for an attempt. Knows who may be called; which of those is left to the model's strategy. */
export class Router {
  private readonly strategies: Strategies;
  private readonly rests = new Map<string, number>();

  constructor(private readonly parts: RouterParts) {
    this.strategies = new Strategies(parts);
  }

  /** When to look again; null when some backend may be called now or none ever serves the task. */
  postponed(asking: Asking): (Route & { kind: 'later' }) | null {
    const looked = this.look(asking);
    return looked.kind === 'later' ? looked : null;
  }

  /** Whether only backends are left that have failed the job before. */
  isRepetition(asking: Asking): boolean {
    const looked = this.look(asking);
    return looked.kind === 'some' && looked.candidates.every(({ hasTried }) => hasTried);
  }

  /** Takes back a choice that is not used. */
  decline({ backend: { config }, model, permit, isProbe }: Chosen): void {
    permit.release();
    if (isProbe) this.parts.circuits.report(config.id, model, NOT_CALLED, true);
  }

  /** Waits while every backend that may be called has `max_connections` calls open. */
  async find(asking: Asking, signal: AbortSignal): Promise<Route> {
    let hasWaited = false;
    for (;;) {
      if (signal.aborted) return { kind: 'stopped' };
      const looked = this.look(asking);
      if (looked.kind !== 'some') return looked;
      const chosen = await this.chooseAmong(looked.candidates, asking.task);
      if (chosen !== null) return chosen;
      if (!hasWaited) this.parts.metrics.counter('sluice_permit_waits_total').inc({ pool: asking.pool });
      hasWaited = true;
      await this.parts.permits.freeSoon(signal, LOOK_AGAIN_MS);
    }
  }

  /** A backend asked to be left alone. */
  rest(backend: string, model: string, forMs: number): void {
    if (this.rests.size >= RESTS_MAX) this.rests.clear();
    this.rests.set(`${backend} ${model}`, performance.now() + forMs);
  }

  private look({ task, tried, busyWith = NOBODY }: Asking): Shortlist<Found> {
    const { directory } = this.parts;
    const models = [task.model, ...directory.routeOf(task.model).fallbacks];
    return shortlist(
      models.map((model) =>
        directory
          .serving(model)
          .filter(
            ({ config, client }) => client.endpoints.includes(task.endpoint) && !busyWith.has(config.id),
          )
          .map((backend) => this.found(backend, model, tried)),
      ),
    );
  }

  private found(backend: KnownBackend, model: string, tried: ReadonlySet<string>): Found {
    const { id } = backend.config;
    const until = this.rests.get(`${id} ${model}`);
    return {
      backend,
      model,
      circuit: this.parts.circuits.availability(id, model),
      isWell: this.parts.health.isWell(id),
      restMs: until === undefined ? 0 : Math.max(0, until - performance.now()),
      hasTried: tried.has(id),
    };
  }

  /** Null when all of them are busy. A circuit that is due is probed first: by one call of the whole fleet. */
  private async chooseAmong(candidates: readonly Found[], task: GenerationTask): Promise<Chosen | null> {
    for (const due of candidates.filter(({ circuit }) => circuit === 'due')) {
      const probe = await this.probe(due);
      if (probe !== null) return probe;
    }
    const left = candidates.filter(({ circuit }) => circuit === 'closed');
    while (left.length > 0) {
      const next = this.strategies.choose(left, task);
      const permit = await this.permitFor(next);
      if (permit !== null) return chosen(next, permit, false);
      left.splice(left.indexOf(next), 1);
    }
    return null;
  }

  private async probe(due: Found): Promise<Chosen | null> {
    const { circuits } = this.parts;
    if (!(await circuits.claimProbe(due.backend.config.id, due.model))) return null;
    const permit = await this.permitFor(due);
    if (permit !== null) return chosen(due, permit, true);
    circuits.report(due.backend.config.id, due.model, NOT_CALLED, true);
    return null;
  }

  private permitFor({ backend: { config } }: Found): Promise<Permit | null> {
    return this.parts.permits.take(config.id, config.max_connections);
  }
}

const chosen = ({ backend, model }: Found, permit: Permit, isProbe: boolean): Chosen => ({
  kind: 'chosen',
  backend,
  model,
  permit,
  isProbe,
});
