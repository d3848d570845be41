import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { codeOf, generate, send } from '../support/client.js';
import { eventually } from '../support/eventually.js';
import { Stack } from '../support/stack.js';

/** Of each of the two workers. */
const SLOTS = 4;

let stack: Stack;

beforeAll(async () => {
  stack = await Stack.start({ apis: 2, workers: 2, isTelling: true, env: { WORKER_SLOTS: String(SLOTS) } });
});
afterAll(() => stack.stop());

const terminal = (id: unknown, base = stack.url()) =>
  eventually(
    `job ${String(id)} to end`,
    async () => {
      const job = await send(`${base}/jobs/${String(id)}`);
      return job.status === 200 ? job : null;
    },
    { withinMs: 15_000 },
  );

describe('POST /generate', () => {
  it('answers a synchronous generation with the seed’s fields and ours', async () => {
    const { status, body, headers } = await generate(
      stack.url(),
      { prompt: 'the tide' },
      { 'x-request-id': 'mine-1' },
    );
    expect(status).toBe(200);
    expect(body).toMatchObject({
      response: 'Simulated response to: the tide...',
      backend_id: 'simulator',
      request_id: 'mine-1',
      model: 'sim-fast',
      worker_id: expect.stringMatching(/^worker-/),
      job_id: expect.stringMatching(/^job_/),
      processing_time_ms: expect.any(Number),
      queue_wait_ms: expect.any(Number),
      finish_reason: expect.stringMatching(/^(stop|length)$/),
    });
    const { usage, tokens_used } = body as { usage: Record<string, number>; tokens_used: number };
    expect(tokens_used).toBe((usage['input_tokens'] ?? 0) + (usage['output_tokens'] ?? 0));
    expect(headers.get('x-request-id')).toBe('mine-1');
    expect(headers.get('x-sluice-job-id')).toBe(body['job_id']);
  });

  it('takes the seed’s own request, word for word', async () => {
    const { status } = await send(`${stack.url()}/generate`, {
      json: {
        prompt: 'Tell me a story about cats',
        model: 'gpt-3.5-turbo',
        max_tokens: 100,
        temperature: 0.7,
        user_id: 'test_user_0',
      },
      headers: { 'X-User-ID': 'test_user_0' },
    });
    expect(status).toBe(200);
  });

  it('accepts an asynchronous job with 202 and all that is needed to come back', async () => {
    const accepted = await generate(stack.url(), {
      prompt: 'later',
      mode: 'async',
      metadata: { order: '7' },
    });
    expect(accepted.status).toBe(202);
    const id = String(accepted.body['job_id']);
    expect(accepted.body).toMatchObject({
      status_url: `/jobs/${id}`,
      result_url: `/jobs/${id}?wait=20`,
      cancel_url: `/jobs/${id}`,
    });
    expect(accepted.body).toHaveProperty('queue_position');
    expect(accepted.body).toHaveProperty('estimated_wait_ms');
    expect(accepted.headers.get('location')).toBe(`/jobs/${id}`);
    expect(accepted.headers.get('retry-after')).toMatch(/^\d+$/);
    const { body } = await terminal(id, stack.url(1));
    expect(body).toMatchObject({
      status: 'completed',
      metadata: { order: '7' },
      result: { response: 'Simulated response to: later...' },
    });
  });

  it('honours Prefer: respond-async and says so', async () => {
    const { status, headers } = await generate(stack.url(), { prompt: 'x' }, { prefer: 'respond-async' });
    expect(status).toBe(202);
    expect(headers.get('preference-applied')).toBe('respond-async');
  });

  it('answers 202 when a synchronous wait runs out, and the job goes on', async () => {
    const answer = await generate(stack.url(), {
      prompt: 'slow',
      model: 'sim-slow',
      max_tokens: 1,
      timeout_ms: 100,
    });
    expect(answer.status).toBe(202);
    const preferred = await generate(
      stack.url(),
      { prompt: 'slow', model: 'sim-slow', max_tokens: 1 },
      { prefer: 'wait=0' },
    );
    expect(preferred.status).toBe(202);
    expect(preferred.headers.get('preference-applied')).toBe('wait=0');
    const ended = await send(`${stack.url()}/jobs/${String(answer.body['job_id'])}?wait=30`);
    expect(ended.body['status']).toBe('completed');
  });

  it('ends a job as expired at its deadline, running or queued, and says so with its own code', async () => {
    const submit = (model: string, timeout_ms: number): Promise<string> =>
      eventually('a job to be accepted', async () => {
        const answer = await generate(stack.url(), { prompt: 'x', model, mode: 'async', timeout_ms });
        if (answer.status === 202) return String(answer.body['job_id']);
        expect(codeOf(answer)).toBe('dependency_unavailable');
        return null;
      });
    const expired = { status: 'expired', error: { code: 'deadline_exceeded' } };
    const running = (await terminal(await submit('sim-hang', 300))).body;
    expect(running).toMatchObject({ ...expired, deliveries: 1, started_at: expect.any(Number) });

    const hanging: string[] = [];
    try {
      for (let slot = 0; slot < 2 * SLOTS; slot++) hanging.push(await submit('sim-hang', 60_000));
      // Jobs of the tests before may still run: then one of these waits.
      await eventually(
        'every slot to be busy',
        async () => {
          const { body } = await send(`${stack.url()}/jobs?status=running`);
          const running = (body['jobs'] as { job_id: string }[]).map(({ job_id }) => job_id);
          return hanging.every((id) => running.includes(id)) ? true : null;
        },
        { withinMs: 20_000 },
      );
      const queued = (await terminal(await submit('sim-fast', 300))).body;
      expect(queued).toMatchObject({ ...expired, deliveries: 0, started_at: null });
    } finally {
      for (const id of hanging) await send(`${stack.url()}/jobs/${id}`, { method: 'DELETE' });
    }
  });

  it('answers 502 with one code when the backend fails three times', async () => {
    const answers = await Promise.all(
      Array.from({ length: 60 }, () =>
        generate(stack.url(), { prompt: 'x', model: 'sim-flaky', max_tokens: 1 }),
      ),
    );
    const failed = answers.filter(({ status }) => status !== 200);
    for (const answer of failed) {
      expect(answer.status).toBe(502);
      expect(codeOf(answer)).toBe('backend_bad_response');
    }
    expect(answers.length - failed.length).toBeGreaterThan(40);
  });
});

describe('a hang-up', () => {
  it('cancels the job of a synchronous call, and its backend call is aborted', async () => {
    const hangUp = new AbortController();
    const user = { 'x-user-id': 'hangs-up' };
    const call = send(`${stack.url()}/generate`, {
      json: { prompt: 'x', model: 'sim-hang' },
      headers: user,
      signal: hangUp.signal,
    }).catch(() => null);
    const running = await eventually('the job to run', async () => {
      const { body } = await send(`${stack.url()}/jobs?status=running`, { headers: user });
      return (body['jobs'] as { job_id: string }[])[0]?.job_id ?? null;
    });
    hangUp.abort();
    await call;
    const { body } = await eventually('the job to be cancelled', async () => {
      const job = await send(`${stack.url()}/jobs/${running}`, { headers: user });
      return job.status === 200 ? job : null;
    });
    expect(body['status']).toBe('cancelled');
    await eventually('the backend to be left', async () => {
      const { body: status } = await send(`${stack.url()}/status`);
      const { backends } = status['backend_status'] as { backends: { active: number }[] };
      return backends.every(({ active }) => active === 0) ? true : null;
    });
  });

  it('leaves an asynchronous job alone', async () => {
    const accepted = await generate(stack.url(), { prompt: 'x', mode: 'async' });
    const { body } = await terminal(accepted.body['job_id']);
    expect(body['status']).toBe('completed');
  });
});

describe('what was settled', () => {
  it('becomes exactly one row of request_metrics with the seed’s columns', async () => {
    const { body } = await generate(stack.url(), { prompt: 'row' }, { 'x-user-id': 'row-writer' });
    const row = await eventually('the row', async () => {
      const rows = await stack.rows('job_id = $1', [body['job_id']]);
      return rows?.length === 1 ? (rows[0] ?? null) : null;
    });
    expect(row).toMatchObject({
      request_id: body['request_id'],
      client_id: 'user:row-writer',
      backend_id: 'simulator',
      model: 'sim-fast',
      success: true,
      status: 'completed',
      pool: 'default',
      worker_id: body['worker_id'],
      attempts: 1,
    });
  });
});
