import type { GenerateAnswer } from '#common/contracts/job-view.js';
import type { WakeUp } from '#common/contracts/wake-up.js';
import { Refusal } from '#common/errors/refusal.js';

export interface Asked {
  readonly requestId: string;
  readonly model: string;
}

/**
 * The answer that a settlement makes for whoever waited.
 * @throws Refusal when the job did not complete.
 */
export function answerOf(settled: WakeUp, asked: Asked): GenerateAnswer {
  const outcome = settled.outcome ?? { attempts: 0 };
  switch (settled.status) {
    case 'completed': {
      const usage = outcome.usage ?? { input_tokens: 0, output_tokens: 0 };
      return {
        response: outcome.text ?? '',
        backend_id: outcome.backend_id ?? '',
        processing_time_ms: outcome.processing_ms ?? 0,
        tokens_used: usage.input_tokens + usage.output_tokens,
        request_id: asked.requestId,
        job_id: settled.id,
        worker_id: settled.worker_id ?? '',
        model: outcome.model ?? asked.model,
        usage,
        queue_wait_ms: (settled.started_ms ?? settled.settled_ms) - settled.created_ms,
        finish_reason: outcome.finish_reason ?? 'stop',
        ...(outcome.cost_usd === undefined ? {} : { cost_usd: outcome.cost_usd }),
      };
    }
    case 'cancelled':
      throw new Refusal('job_cancelled', { jobId: settled.id });
    case 'expired':
      throw new Refusal('deadline_exceeded', { jobId: settled.id });
    case 'failed':
      throw new Refusal(outcome.error_code ?? 'internal_error', { jobId: settled.id });
  }
}
