import { CATALOGUE, ERROR_CODES } from '#common/errors/catalogue.js';
import { Refusal } from '#common/errors/refusal.js';
import type { Metrics } from '#common/observability/metrics.js';

const NO_BACKEND = 'none';
/** Statuses of `llm_requests_total` that are no caller's doing. */
export const OUR_FAULTS: readonly string[] = [
  'error',
  ...ERROR_CODES.filter((code) => CATALOGUE[code].status >= 500),
];

/** The original system's request metrics, from the caller's side. */
export class GenerationMetrics {
  constructor(private readonly metrics: Metrics) {
    // The first of a counter would be missed by whoever asks for its increase.
    const counted = metrics.counter('llm_requests_total');
    for (const status of OUR_FAULTS) counted.inc({ backend: NO_BACKEND, status }, 0);
  }

  /** An answer names the backend that served it, unless its job goes on. `began` is when the request came, by `performance.now()`. */
  async observed<Answer extends object>(
    work: () => Promise<Answer>,
    began = performance.now(),
  ): Promise<Answer> {
    const answer = await this.refusals(work());
    if (!('backend_id' in answer) || typeof answer.backend_id !== 'string') {
      this.count(NO_BACKEND, 'accepted');
      return answer;
    }
    this.count(answer.backend_id, 'success');
    this.metrics
      .histogram('llm_request_duration_seconds')
      .observe({ backend: answer.backend_id }, (performance.now() - began) / 1_000);
    return answer;
  }

  /** Counts what does not become an answer. */
  async refusals<T>(work: Promise<T>): Promise<T> {
    try {
      return await work;
    } catch (error) {
      this.failed(error);
      throw error;
    }
  }

  failed(error: unknown): void {
    this.count(NO_BACKEND, error instanceof Refusal ? error.code : 'error');
  }

  /** Of a streamed request whose caller left before its end. */
  left(): void {
    this.count(NO_BACKEND, 'accepted');
  }

  private count(backend: string, status: string): void {
    this.metrics.counter('llm_requests_total').inc({ backend, status });
  }
}
