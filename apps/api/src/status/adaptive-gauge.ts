import type { Metrics } from '#common/observability/metrics.js';
import type { AdaptiveFactors } from './adaptive-factors.js';
import type { WorkerDirectory } from '#common/presence/worker-directory.js';

/** The least factor of every backend that a worker knows, read when it is asked for; NaN while Redis does not answer. */
export class AdaptiveGauge {
  private shown: readonly string[] = [];

  constructor(
    private readonly factors: AdaptiveFactors,
    private readonly directory: WorkerDirectory,
    private readonly metrics: Metrics,
  ) {}

  async refresh(): Promise<void> {
    const least = await this.read().catch(() => new Map(this.shown.map((backend) => [backend, NaN])));
    const gauge = this.metrics.gauge('sluice_adaptive_factor');
    gauge.reset();
    for (const [backend, factor] of least) gauge.set({ backend }, factor);
    this.shown = [...least.keys()];
  }

  private async read(): Promise<ReadonlyMap<string, number>> {
    const [factors, workers] = await Promise.all([this.factors.list(), this.directory.list()]);
    const ids = workers.flatMap(({ backends }) => backends.map(({ id }) => id));
    const least = new Map(ids.map((id) => [id, 1]));
    for (const { backend, factor } of factors) {
      const known = least.get(backend);
      if (known !== undefined) least.set(backend, Math.min(known, factor));
    }
    return least;
  }
}
