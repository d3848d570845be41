import { Refusal } from '#common/errors/refusal.js';
import type { Metrics } from '#common/observability/metrics.js';

const NO_BACKEND = 'none';

/** The original system's request metrics, from the caller's side. */
export class GenerationMetrics {
  constructor(private readonly metrics: Metrics) {}

  /** `backendOf` says who served an answer; null: the job goes on without its caller. */
  async observed<Answer>(
    backendOf: (answer: Answer) => string | null,
    work: () => Promise<Answer>,
  ): Promise<Answer> {
    const began = performance.now();
    try {
      const answer = await work();
      const backend = backendOf(answer);
      this.count(backend ?? NO_BACKEND, backend === null ? 'accepted' : 'success');
      if (backend !== null)
        this.metrics
          .histogram('llm_request_duration_seconds')
          .observe({ backend }, (performance.now() - began) / 1_000);
      return answer;
    } catch (error) {
      this.count(NO_BACKEND, error instanceof Refusal ? error.code : 'error');
      throw error;
    }
  }

  private count(backend: string, status: string): void {
    this.metrics.counter('llm_requests_total').inc({ backend, status });
  }
}
