import type { GenerationTask } from '#common/contracts/generation.js';
import type { WakeUp } from '#common/contracts/wake-up.js';
import { Refusal } from '#common/errors/refusal.js';
import { BackendRefused } from '../http/backend-refused.js';
import { builtBody, wireUsageOf } from './built-body.js';

/** What is told of a job beside its answer. */
export function answerHeaders({ outcome, created_ms, started_ms }: WakeUp): Record<string, string> {
  const { backend_id, cost_usd } = outcome ?? {};
  return {
    ...(backend_id === undefined ? {} : { 'x-sluice-backend': backend_id }),
    ...(started_ms === null ? {} : { 'x-sluice-queue-wait-ms': String(started_ms - created_ms) }),
    ...(cost_usd === undefined ? {} : { 'x-sluice-cost-usd': decimal(cost_usd) }),
  };
}

/** Without an exponent, which not every reader of a header understands. A price is exact to a billionth. */
const decimal = (usd: number): string => usd.toFixed(9).replace(/\.?0+$/, '');

/**
 * The answer that a settlement makes for whoever waited: the backend's own, with the usage that it left out.
 * @throws Refusal when the job did not complete.
 */
export function wireAnswerOf(settled: WakeUp, task: GenerationTask): Readonly<Record<string, unknown>> {
  if (settled.status !== 'completed') throw refusalOf(settled);
  const outcome = settled.outcome ?? { attempts: 0 };
  const { body } = outcome;
  if (body !== undefined) {
    const usage = body['usage'] ?? wireUsageOf(outcome);
    return usage === null ? body : { ...body, usage };
  }
  const built = builtBody(settled, task.endpoint, task.model);
  if (built === null) throw new Refusal('backend_bad_response', { jobId: settled.id });
  return built;
}

/** Why a job that ended has no answer. */
export function refusalOf({ id: jobId, status, outcome }: WakeUp): Refusal {
  if (status === 'cancelled') return new Refusal('job_cancelled', { jobId });
  if (status === 'expired') return tooLate(jobId);
  if (outcome?.refusal !== undefined) return new BackendRefused(outcome.refusal, jobId);
  return new Refusal(outcome?.error_code ?? 'internal_error', { jobId });
}

export const tooLate = (jobId: string): Refusal =>
  new Refusal('deadline_exceeded', {
    jobId,
    message: 'The job did not finish before its deadline. Allow more time with x-sluice-timeout-ms.',
  });
