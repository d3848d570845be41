import type { GenerationTask } from '#common/contracts/generation.js';
import type { Metrics } from '#common/observability/metrics.js';
import type { CallOutcome, Piece } from './backend.js';
import type { BackendDirectory } from './backend-directory.js';
import { chooseBackend } from './choose-backend.policy.js';

export interface BackendCall {
  readonly backendId: string;
  readonly outcome: CallOutcome;
  readonly tookMs: number;
}

/** Told of every call that was answered. */
export interface CountsOutcomes {
  count(model: string, backend: string, outcome: CallOutcome): void;
}

/** The backends this worker may call, with the calls that are open. */
export class BackendPool {
  private readonly active = new Map<string, number>();

  constructor(
    private readonly directory: BackendDirectory,
    private readonly metrics: Metrics,
    private readonly outcomes: CountsOutcomes,
  ) {}

  views(): { id: string; kind: string; models: readonly string[]; active: number }[] {
    return this.directory.list().map(({ config: { id, kind, models } }) => ({
      id,
      kind,
      models,
      active: this.activeOf(id),
    }));
  }

  /** Calls that are open at a backend, also at one that is no longer in the directory. */
  activeOf(id: string): number {
    return this.active.get(id) ?? 0;
  }

  /** One attempt at a backend that serves the task's model, preferably none of `avoid`; null when none serves it. */
  async call(
    task: GenerationTask,
    avoid: ReadonlySet<string>,
    signal: AbortSignal,
    onPiece: (piece: Piece, backendId: string) => void = () => undefined,
  ): Promise<BackendCall | null> {
    const chosen = chooseBackend(this.views(), task.model, avoid);
    const backend = this.directory.list().find(({ config }) => config.id === chosen?.id)?.client;
    if (backend === undefined) return null;
    const began = performance.now();
    this.count(backend.id, 1);
    try {
      const outcome = await backend.call(task, signal, (piece) => {
        onPiece(piece, backend.id);
      });
      this.metrics.counter('sluice_attempts_total').inc({ backend: backend.id, outcome: outcome.kind });
      this.outcomes.count(task.model, backend.id, outcome);
      return { backendId: backend.id, outcome, tookMs: Math.round(performance.now() - began) };
    } finally {
      this.count(backend.id, -1);
    }
  }

  private count(id: string, change: 1 | -1): void {
    const active = (this.active.get(id) ?? 0) + change;
    this.active.set(id, active);
    this.metrics.gauge('llm_active_connections').set({ backend: id }, active);
  }
}
