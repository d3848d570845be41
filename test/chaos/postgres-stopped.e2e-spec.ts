import { setTimeout as pause } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { generate } from '../support/client.js';
import { eventually } from '../support/eventually.js';
import { Stack } from '../support/stack.js';

let stack: Stack;

beforeAll(async () => {
  stack = await Stack.start({ workers: 1, isTelling: true });
});
afterAll(() => stack.stop());

describe('PostgreSQL stopped for 10 s', () => {
  it('keeps no request waiting, and every row arrives', async () => {
    const ids: unknown[] = [];
    const ask = async (): Promise<void> => {
      const { status, body } = await generate(stack.url(), { prompt: 'x', model: 'sim-instant' });
      expect(status).toBe(200);
      ids.push(body['job_id']);
    };
    await ask();
    await eventually('the first row', async () => ((await stack.rows())?.length === 1 ? true : null), {
      withinMs: 15_000,
    });
    await stack.postgres?.stop();
    const stoppedAt = performance.now();
    while (performance.now() - stoppedAt < 10_000) {
      await Promise.all([ask(), ask(), ask()]);
      await pause(100);
    }
    await stack.postgres?.restart();
    await eventually(
      'every row',
      async () => ((await stack.rows('job_id = ANY($1)', [ids]))?.length === ids.length ? true : null),
      { withinMs: 30_000 },
    );
    expect((await stack.rows())?.length).toBe(ids.length);
  });
});
