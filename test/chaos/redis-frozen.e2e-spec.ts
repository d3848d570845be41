import { setTimeout as pause } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { codeOf, generate, send } from '../support/client.js';
import { eventually } from '../support/eventually.js';
import { Stack } from '../support/stack.js';

let stack: Stack;

beforeAll(async () => {
  stack = await Stack.start({ workers: 1, isTelling: true });
});
afterAll(() => stack.stop());

const works = () =>
  eventually(
    'service to be back',
    async () =>
      (await generate(stack.url(), { prompt: 'x', timeout_ms: 3_000 })).status === 200 ? true : null,
    { withinMs: 15_000 },
  );

describe('Redis frozen for 5 s', () => {
  it('makes every request answer 503 within 1 s, and none 429; service comes back by itself', async () => {
    expect((await generate(stack.url(), { prompt: 'x' })).status).toBe(200);
    await stack.redis.freeze();
    const frozenAt = performance.now();
    const answers = [];
    while (performance.now() - frozenAt < 5_000) {
      answers.push(
        ...(await Promise.all([
          generate(stack.url(), { prompt: 'x' }),
          generate(stack.url(), { prompt: 'x', mode: 'async' }),
          send(`${stack.url()}/jobs/job_01890000-0000-7000-8000-000000000000`),
          send(`${stack.url()}/jobs`),
        ])),
      );
      await pause(50);
    }
    await stack.redis.thaw();
    expect(answers.length).toBeGreaterThan(8);
    for (const answer of answers) {
      expect(answer.status).toBe(503);
      expect(codeOf(answer)).toBe('dependency_unavailable');
      expect(answer.headers.get('retry-after')).toBe('1');
      expect(answer.tookMs).toBeLessThan(1_000);
    }
    await works();
  });

  it('leaves nothing behind of the requests it was refused: no lease, no job that runs for nobody', async () => {
    const look = stack.look();
    await eventually(
      'all to be settled',
      async () => ((await look.zcard('{sluice}:unsettled')) === 0 ? true : null),
      {
        withinMs: 45_000,
      },
    );
    expect(await look.keys('{sluice}:tenant:*:in-flight')).toEqual([]);
    expect(await look.zcard('{sluice}:generate-default:prioritized')).toBe(0);
    look.disconnect();
  });
});

describe('Redis killed and started again', () => {
  it('loses no accepted job', async () => {
    const ids = await Promise.all(
      Array.from({ length: 20 }, async () => {
        const { body } = await generate(stack.url(), {
          prompt: 'keep',
          model: 'sim-slow',
          max_tokens: 1,
          mode: 'async',
        });
        return String(body['job_id']);
      }),
    );
    await stack.redis.kill();
    const refused = await generate(stack.url(), { prompt: 'x' });
    expect(refused.status).toBe(503);
    await stack.redis.restart();
    await works();
    for (const id of ids) {
      await eventually(
        `${id} to complete`,
        async () => {
          const { body } = await send(`${stack.url()}/jobs/${id}?wait=10`);
          return body['status'] === 'completed' ? true : null;
        },
        { withinMs: 60_000 },
      );
    }
    await eventually('a row for each', async () =>
      (await stack.rows('job_id = ANY($1)', [ids]))?.length === ids.length ? true : null,
    );
  });
});
