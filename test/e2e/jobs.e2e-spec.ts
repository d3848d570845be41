import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { codeOf, generate, send } from '../support/client.js';
import { eventually } from '../support/eventually.js';
import { Stack } from '../support/stack.js';

let stack: Stack;
const alice = { 'x-user-id': 'alice' };

beforeAll(async () => {
  const profiles = { 'sim-second': { latency_ms: 1_000, latency_sigma: 0, tokens_per_second: 0 } };
  const env = { WORKER_SLOTS: '2', SIMULATOR_PROFILES: JSON.stringify(profiles) };
  stack = await Stack.start({ apis: 2, workers: 1, env });
});
afterAll(() => stack.stop());

async function submit(model: string, headers = alice): Promise<string> {
  const { body } = await generate(stack.url(), { prompt: 'x', model, mode: 'async' }, headers);
  return String(body['job_id']);
}

const job = (id: string, headers: Record<string, string> = alice) =>
  send(`${stack.url()}/jobs/${id}`, { headers });
const cancel = (id: string, headers: Record<string, string> = alice) =>
  send(`${stack.url()}/jobs/${id}`, { method: 'DELETE', headers });
const untilStatus = (id: string, status: string) =>
  eventually(`${id} to be ${status}`, async () => {
    const { body } = await job(id);
    return body['status'] === status ? body : null;
  });

describe('GET /jobs/{id}', () => {
  it('answers 202 with the place in the queue while the job waits, 200 once it has ended', async () => {
    const running = [await submit('sim-hang'), await submit('sim-hang')];
    for (const id of running) await untilStatus(id, 'running');
    const [first, second] = [await submit('sim-fast'), await submit('sim-fast')];
    const waiting = await job(second);
    expect(waiting.status).toBe(202);
    expect(waiting.body).toMatchObject({
      status: 'queued',
      queue_position: 1,
      started_at: null,
      finished_at: null,
    });
    for (const id of running) await cancel(id);
    await untilStatus(first, 'completed');
    const ended = await untilStatus(second, 'completed');
    expect(ended).toMatchObject({ deliveries: 1, attempts: 1, result: { job_id: second } });
  });

  it('holds a long poll until the job ends, on any replica', async () => {
    const id = await submit('sim-second');
    const held = send(`${stack.url(1)}/jobs/${id}?wait=20`, { headers: alice });
    const look = stack.look();
    await eventually('the other replica to watch the job', () => look.hget(`{sluice}:job:${id}`, 'reply'));
    look.disconnect();
    expect((await job(id)).status).toBe(202);
    const ended = await held;
    expect(ended).toMatchObject({ status: 200, body: { status: 'completed', result: { job_id: id } } });
    // It was woken: nobody else has waited on that replica.
    const { body } = await send(`${stack.url(1)}/metrics`);
    expect(body['text']).toMatch(/^sluice_wake_ups_total\{via="message",.*\} 1$/m);
    expect(body['text']).not.toMatch(/^sluice_wake_ups_total\{via="lookup"/m);
  });

  it('does not tell another tenant’s job from one that never was', async () => {
    const id = await submit('sim-fast');
    const others = await job(id, { 'x-user-id': 'mallory' });
    const nobodys = await job('job_01890000-0000-7000-8000-000000000000', { 'x-user-id': 'mallory' });
    const malformed = await job('no-such-id', { 'x-user-id': 'mallory' });
    const strip = ({ body }: typeof others) => JSON.stringify(body).replace(/req_[0-9a-f-]+/g, '');
    expect([others.status, nobodys.status, malformed.status]).toEqual([404, 404, 404]);
    expect(strip(others)).toBe(strip(nobodys));
    expect(strip(others)).toBe(strip(malformed));
    expect((await cancel(id, { 'x-user-id': 'mallory' })).status).toBe(404);
  });
});

describe('DELETE /jobs/{id}', () => {
  it('removes a queued job from its queue', async () => {
    const running = [await submit('sim-hang'), await submit('sim-hang')];
    for (const id of running) await untilStatus(id, 'running');
    const queued = await submit('sim-fast');
    const cancelled = await cancel(queued);
    expect(cancelled).toMatchObject({ status: 200, body: { status: 'cancelled', started_at: null } });
    const look = stack.look();
    expect(await look.exists(`{sluice}:generate-default:${queued}`)).toBe(0);
    look.disconnect();
    for (const id of running) expect((await cancel(id)).status).toBe(200);
  });

  it('frees the slot of a running job', async () => {
    const running = [await submit('sim-hang'), await submit('sim-hang')];
    for (const id of running) await untilStatus(id, 'running');
    for (const id of running) await cancel(id);
    await untilStatus(await submit('sim-fast'), 'completed');
  });

  it('answers a repeated cancellation like the first, and 409 with its state for a job that ended otherwise', async () => {
    const id = await submit('sim-hang');
    expect((await cancel(id)).status).toBe(200);
    expect((await cancel(id)).status).toBe(200);
    const completed = await submit('sim-fast');
    await untilStatus(completed, 'completed');
    const late = await cancel(completed);
    expect(late.status).toBe(409);
    expect(codeOf(late)).toBe('job_final');
    expect(late.body['detail']).toContain('completed');
  });
});

describe('GET /jobs', () => {
  it('lists the caller’s own jobs, newest first, page by page, filtered by status', async () => {
    const mine = { 'x-user-id': 'lister' };
    const ids: string[] = [];
    for (let at = 0; at < 5; at++) ids.push(await submit('sim-instant', mine));
    for (const id of ids) await send(`${stack.url()}/jobs/${id}?wait=10`, { headers: mine });
    const seen: string[] = [];
    let cursor = '';
    do {
      const { body } = await send(`${stack.url()}/jobs?limit=2&status=completed${cursor}`, { headers: mine });
      seen.push(...(body['jobs'] as { job_id: string }[]).map(({ job_id }) => job_id));
      cursor = body['next_cursor'] === null ? '' : `&cursor=${body['next_cursor'] as string}`;
    } while (cursor !== '');
    expect(seen).toEqual([...ids].reverse());
    const none = await send(`${stack.url()}/jobs?status=queued`, { headers: mine });
    expect(none.body).toEqual({ jobs: [], next_cursor: null });
  });
});
