import { setTimeout as pause } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { mintKey } from '../../apps/api/src/identity/key-format.js';
import { codeOf, generate } from '../support/client.js';
import { eventually } from '../support/eventually.js';
import { bearer, createKey } from '../support/keys.js';
import { Stack } from '../support/stack.js';

let stack: Stack;

beforeAll(async () => {
  stack = await Stack.start({ workers: 1, isTelling: true });
});
afterAll(() => stack.stop());

describe('PostgreSQL stopped', () => {
  it('lets known keys go on, also at a new API process, and answers an unknown one 503, not 401', async () => {
    const { key } = await createKey(stack);
    const ask = (url: string, of: string) => generate(url, { prompt: 'x', model: 'sim-fast' }, bearer(of));
    expect((await ask(stack.url(), key)).status).toBe(200);
    const unknown = mintKey();
    expect((await ask(stack.url(), unknown)).status).toBe(401);
    await stack.postgres?.stop();
    try {
      const { port } = await stack.startApi();
      for (const url of [stack.url(), `http://127.0.0.1:${port}`]) {
        expect((await ask(url, key)).status).toBe(200);
        const answer = await ask(url, mintKey());
        expect([answer.status, codeOf(answer)]).toEqual([503, 'dependency_unavailable']);
      }
    } finally {
      await stack.postgres?.restart();
    }
  });
});

describe('PostgreSQL stopped for 10 s', () => {
  it('keeps no request waiting, and every row arrives', async () => {
    const ids: unknown[] = [];
    const ask = async (): Promise<void> => {
      const { status, body } = await generate(stack.url(), { prompt: 'x', model: 'sim-instant' });
      expect(status).toBe(200);
      ids.push(body['job_id']);
    };
    await ask();
    await eventually(
      'the first row',
      async () => ((await stack.rows('job_id = ANY($1)', [ids]))?.length === 1 ? true : null),
      {
        withinMs: 15_000,
      },
    );
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
    expect(await stack.rows('model = $1', ['sim-instant'])).toHaveLength(ids.length);
  });
});
