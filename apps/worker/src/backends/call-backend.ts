import type { GenerationTask } from '#common/contracts/generation.js';
import type { Metrics } from '#common/observability/metrics.js';
import { outcomeClassOf } from '../presence/outcome-class.policy.js';
import type { OutcomeWindow } from '../presence/outcome-window.js';
import type { CallOutcome, Piece } from './backend.js';
import type { Circuits } from './circuits/circuits.js';
import type { Permits } from './permits/permits.js';
import type { Measurements } from './routing/measurements.js';
import type { Chosen, Router } from './router.js';

/** Told of every call that was answered. */
export interface CountsOutcomes {
  count(model: string, backend: string, outcome: CallOutcome): void;
}

export interface CallBackendParts {
  readonly circuits: Pick<Circuits, 'report'>;
  readonly measurements: Pick<Measurements, 'observe'>;
  readonly router: Pick<Router, 'rest'>;
  readonly permits: Pick<Permits, 'fleetActive'>;
  readonly outcomes: CountsOutcomes;
  readonly window: Pick<OutcomeWindow, 'count'>;
  readonly metrics: Metrics;
}

export interface Called {
  readonly outcome: CallOutcome;
  readonly tookMs: number;
}

/** One call of the backend that the router chose, and all that is learnt from it. Gives the permit back. */
export class CallBackend {
  private readonly active = new Map<string, number>();

  constructor(private readonly parts: CallBackendParts) {}

  /** Calls that this worker has open. */
  openAt(backend: string): number {
    return this.active.get(backend) ?? 0;
  }

  async execute(
    chosen: Chosen,
    task: GenerationTask,
    signal: AbortSignal,
    onPiece: (piece: Piece) => void,
  ): Promise<Called> {
    const { client } = chosen.backend;
    // The permit of this call is among them.
    const activeAtStart = Math.max(0, this.parts.permits.fleetActive(client.id) - 1);
    this.count(client.id, 1);
    const began = performance.now();
    const observeFirst = this.firstPieceOf(client.id, began);
    try {
      const outcome = await client.call({ ...task, model: chosen.model }, signal, (piece) => {
        observeFirst();
        onPiece(piece);
      });
      const tookMs = performance.now() - began;
      this.learn(chosen, outcome, { tookMs, activeAtStart });
      return { outcome, tookMs: Math.round(tookMs) };
    } finally {
      this.count(client.id, -1);
      chosen.permit.release();
    }
  }

  private learn(
    { backend, model, isProbe }: Chosen,
    outcome: CallOutcome,
    call: { readonly tookMs: number; readonly activeAtStart: number },
  ): void {
    const { circuits, measurements, router, outcomes, window, metrics } = this.parts;
    const { id } = backend.config;
    metrics.counter('sluice_attempts_total').inc({ backend: id, outcome: outcome.kind });
    outcomes.count(model, id, outcome);
    const said = outcomeClassOf(outcome);
    if (said !== null) window.count(said);
    circuits.report(id, model, outcome, isProbe);
    const restMs = 'retryAfterMs' in outcome ? (outcome.retryAfterMs ?? 0) : 0;
    if (restMs > 0) router.rest(id, model, restMs);
    if (outcome.kind === 'aborted' || outcome.kind === 'refused') return;
    const kind = outcome.kind === 'completed' ? 'succeeded' : 'failed';
    measurements.observe(id, model, { ...call, kind, nowMs: performance.now() });
  }

  /** To be called with every piece: observes the first. */
  private firstPieceOf(backend: string, began: number): () => void {
    let isFirst = true;
    return () => {
      if (!isFirst) return;
      isFirst = false;
      const seconds = (performance.now() - began) / 1_000;
      this.parts.metrics.histogram('sluice_time_to_first_token_seconds').observe({ backend }, seconds);
    };
  }

  private count(id: string, change: 1 | -1): void {
    const active = this.openAt(id) + change;
    this.active.set(id, active);
    this.parts.metrics.gauge('llm_active_connections').set({ backend: id }, active);
  }
}
