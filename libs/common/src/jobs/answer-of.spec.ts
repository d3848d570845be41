import { describe, expect, it } from '@jest/globals';
import { generateAnswer } from '#common/contracts/job-view.js';
import type { WakeUp } from '#common/contracts/wake-up.js';
import { CATALOGUE, ERROR_CODES } from '#common/errors/catalogue.js';
import { Refusal } from '#common/errors/refusal.js';
import { answerOf } from './answer-of.js';

const asked = { requestId: 'req_1', model: 'sim-fast' };
const completed: WakeUp = {
  id: 'job_1',
  status: 'completed',
  created_ms: 1_000,
  started_ms: 1_250,
  settled_ms: 2_000,
  worker_id: 'worker-1',
  outcome: {
    attempts: 1,
    text: 'Hello',
    finish_reason: 'length',
    usage: { input_tokens: 3, output_tokens: 4 },
    backend_id: 'simulator',
    processing_ms: 740,
  },
};

function refusalOf(settled: WakeUp): Refusal {
  try {
    answerOf(settled, asked);
  } catch (error) {
    if (error instanceof Refusal) return error;
  }
  throw new Error('nothing was refused');
}

describe('answerOf', () => {
  it('answers a completed job with the original system’s five fields and more', () => {
    expect(answerOf(completed, asked)).toEqual({
      response: 'Hello',
      backend_id: 'simulator',
      processing_time_ms: 740,
      tokens_used: 7,
      request_id: 'req_1',
      job_id: 'job_1',
      worker_id: 'worker-1',
      model: 'sim-fast',
      usage: { input_tokens: 3, output_tokens: 4 },
      queue_wait_ms: 250,
      finish_reason: 'length',
    });
  });

  it('names a price only when the backend has one', () => {
    const priced = { ...completed, outcome: { attempts: 1, cost_usd: 0 } };
    expect(answerOf(priced, asked)).toMatchObject({ cost_usd: 0 });
    expect(answerOf(completed, asked)).not.toHaveProperty('cost_usd');
  });

  it('keeps its shape when the settlement tells little', () => {
    const bare: WakeUp = { ...completed, started_ms: null, worker_id: null, outcome: { attempts: 1 } };
    const answer = answerOf(bare, asked);
    expect(generateAnswer.parse(answer)).toEqual(answer);
    expect(answer).toMatchObject({
      response: '',
      tokens_used: 0,
      queue_wait_ms: 1_000,
      finish_reason: 'stop',
    });
    expect(answerOf({ ...bare, outcome: null }, asked)).toEqual(answer);
  });

  it('refuses a cancelled job as job_cancelled, and an expired one as deadline_exceeded', () => {
    expect(refusalOf({ ...completed, status: 'cancelled' }).code).toBe('job_cancelled');
    expect(refusalOf({ ...completed, status: 'expired' }).code).toBe('deadline_exceeded');
  });

  it.each(ERROR_CODES)('refuses a job that failed by %s with that very code and sentence', (error_code) => {
    const refusal = refusalOf({ ...completed, status: 'failed', outcome: { attempts: 3, error_code } });
    expect(refusal).toMatchObject({ code: error_code, message: CATALOGUE[error_code].sentence });
  });

  it('refuses a job that failed for no known reason as our own fault', () => {
    expect(refusalOf({ ...completed, status: 'failed', outcome: { attempts: 1 } }).code).toBe(
      'internal_error',
    );
    expect(refusalOf({ ...completed, status: 'failed', outcome: null }).code).toBe('internal_error');
  });

  it.each(['cancelled', 'expired', 'failed'] as const)(
    'names the job in the refusal when it is %s',
    (status) => {
      expect(refusalOf({ ...completed, status }).detail.jobId).toBe('job_1');
    },
  );
});
