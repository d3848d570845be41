import { describe, expect, it } from '@jest/globals';
import type { Outcome } from '#common/contracts/outcome.js';
import type { WakeUp } from '#common/contracts/wake-up.js';
import { ERROR_CODES } from '#common/errors/catalogue.js';
import { taskOf } from '../../../../test/support/task.js';
import { BackendRefused } from '../http/backend-refused.js';
import { answerHeaders, refusalOf, wireAnswerOf } from './wire-answer.js';

const settled = (outcome: Partial<Outcome> = {}, status: WakeUp['status'] = 'completed'): WakeUp => ({
  id: 'job_1',
  status,
  created_ms: 1_700_000_000_000,
  started_ms: 1_700_000_000_250,
  settled_ms: 1_700_000_002_000,
  worker_id: 'worker-1',
  outcome: { attempts: 1, usage: { input_tokens: 3, output_tokens: 4 }, ...outcome },
});
const task = taskOf({ shape: 'wire' });

describe('wireAnswerOf', () => {
  it('gives the backend’s own body as it is', () => {
    const body = { id: 'chatcmpl-7', choices: [], usage: { total_tokens: 12 }, service_tier: 'x' };
    expect(wireAnswerOf(settled({ body }), task)).toEqual(body);
  });

  it('adds the usage that a backend left out, marked as an estimate', () => {
    const usage = { input_tokens: 3, output_tokens: 4, estimated: true as const };
    expect(wireAnswerOf(settled({ body: { id: 'x' }, usage }), task)).toEqual({
      id: 'x',
      usage: { prompt_tokens: 3, completion_tokens: 4, total_tokens: 7, estimated: true },
    });
    expect(wireAnswerOf({ ...settled(), outcome: { attempts: 1, body: { id: 'x' } } }, task)).toEqual({
      id: 'x',
    });
  });

  it('builds a chat completion where only the text was kept', () => {
    expect(wireAnswerOf(settled({ text: 'Four.', finish_reason: 'length' }), task)).toEqual({
      id: 'chatcmpl-job_1',
      object: 'chat.completion',
      created: 1_700_000_000,
      model: 'sim-fast',
      usage: { prompt_tokens: 3, completion_tokens: 4, total_tokens: 7 },
      choices: [
        {
          index: 0,
          message: { role: 'assistant', content: 'Four.', refusal: null },
          logprobs: null,
          finish_reason: 'length',
        },
      ],
    });
  });

  it('builds a completion where only the text was kept, of the model that answered', () => {
    const answered = settled({ text: 'Four.', model: 'sim-slow' });
    expect(wireAnswerOf(answered, taskOf({ endpoint: 'completions' }))).toMatchObject({
      object: 'text_completion',
      model: 'sim-slow',
      choices: [{ index: 0, text: 'Four.', logprobs: null, finish_reason: 'stop' }],
    });
  });

  it('cannot build embeddings', () => {
    const ask = () => wireAnswerOf(settled({ text: '' }), taskOf({ endpoint: 'embeddings' }));
    expect(ask).toThrow(expect.objectContaining({ code: 'backend_bad_response' }));
  });

  it('throws why a job did not complete', () => {
    const failed = settled({ error_code: 'model_not_found' }, 'failed');
    expect(() => wireAnswerOf(failed, task)).toThrow(expect.objectContaining({ code: 'model_not_found' }));
  });
});

describe('refusalOf', () => {
  it.each(ERROR_CODES)('passes %s of a failed job on, with the job', (code) => {
    expect(refusalOf(settled({ error_code: code }, 'failed'))).toMatchObject({
      code,
      detail: { jobId: 'job_1' },
    });
  });

  it('tells apart who was cancelled, who was too late, and who failed for no known reason', () => {
    expect(refusalOf(settled({}, 'cancelled')).code).toBe('job_cancelled');
    expect(refusalOf(settled({}, 'expired')).code).toBe('deadline_exceeded');
    expect(refusalOf(settled({}, 'expired')).message).toContain('x-sluice-timeout-ms');
    expect(refusalOf(settled({}, 'failed')).code).toBe('internal_error');
  });

  it('keeps what a backend said that refused', () => {
    const refusal = { status: 422, message: 'no', type: 't', code: 'c', param: 'p' };
    const refused = refusalOf(settled({ error_code: 'backend_refused', refusal }, 'failed'));
    expect(refused).toBeInstanceOf(BackendRefused);
    expect(refused).toMatchObject({ code: 'backend_refused', said: refusal, detail: { jobId: 'job_1' } });
  });
});

describe('answerHeaders', () => {
  it('tell who answered, how long the job waited and what it cost', () => {
    expect(answerHeaders(settled({ backend_id: 'openai', cost_usd: 0.000_012_5 }))).toEqual({
      'x-sluice-backend': 'openai',
      'x-sluice-queue-wait-ms': '250',
      'x-sluice-cost-usd': '0.0000125',
    });
  });

  it('say nothing of what nobody knows', () => {
    expect(answerHeaders({ ...settled(), started_ms: null, outcome: null })).toEqual({});
  });
});
