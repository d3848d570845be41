import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { generate } from '../support/client.js';
import { eventually } from '../support/eventually.js';
import { fault } from '../support/openai-faults.js';
import { OpenAiServer } from '../support/openai-server.js';
import { Stack } from '../support/stack.js';

const HANG_UPS = 1_000;
const AT_ONCE = 200;
const ABORT_MS_MAX = 1_000;

let model: OpenAiServer;
let stack: Stack;

beforeAll(async () => {
  model = await OpenAiServer.start();
  model.usual = fault.hang();
  stack = await Stack.start({
    workers: 1,
    env: { WORKER_SLOTS: '100' },
    config: {
      tiers: { anonymous: { concurrent: { max: 10_000 }, queued: { max: 10_000 } } },
      backends: [{ id: 'hanging', kind: 'openai', url: model.url, max_connections: 60 }],
    },
  });
});
afterAll(async () => {
  await stack.stop();
  await model.stop();
});

/** Sends a request, and hangs up once `isTime` says so. */
async function hangUp(isStreamed: boolean): Promise<void> {
  const controller = new AbortController();
  const call = generate(
    stack.url(),
    { model: 'gpt-4o', prompt: 'x', stream: isStreamed },
    {},
    controller.signal,
  ).catch(() => null);
  setTimeout(() => controller.abort(), 200 + Math.random() * 200);
  await call;
}

describe(`${HANG_UPS} callers who hang up, waiting or running, streamed or not`, () => {
  it('abort their backend calls within 1 s, and leave no lease, no job and no permit behind', async () => {
    for (let done = 0; done < HANG_UPS; done += AT_ONCE)
      await Promise.all(Array.from({ length: AT_ONCE }, (_, index) => hangUp(index % 2 === 0)));
    const endedAt = performance.now();
    expect(model.calls.length).toBeGreaterThan(0);
    await eventually(
      'every call to be aborted',
      () => (model.calls.every(({ abortedAfterMs }) => abortedAfterMs !== null) ? true : null),
      { withinMs: ABORT_MS_MAX },
    );
    console.log(
      `${model.calls.length} calls had begun; the last was aborted ${Math.round(performance.now() - endedAt)} ms after the last hang-up`,
    );

    const look = stack.look();
    await eventually(
      'nothing to be left',
      async () => {
        const left = await Promise.all([
          look.zcard('{sluice}:unsettled'),
          look.zcard('{sluice}:pool:default:queued'),
          look.zcard('{sluice}:generate-default:prioritized'),
          look.llen('{sluice}:generate-default:active'),
          look.keys('{sluice}:tenant:*:in-flight').then((names) => names.length),
          look.keys('{sluice}:tenant:*:queued').then((names) => names.length),
        ]);
        return left.every((count) => count === 0) ? true : null;
      },
      { withinMs: 15_000 },
    );
    look.disconnect();

    // All permits are back: as many calls as the backend takes are open at once again.
    model.forget();
    const again = Array.from({ length: 60 }, () => hangUp(false));
    await eventually('sixty calls at once', () => (model.calls.length === 60 ? true : null), {
      withinMs: 10_000,
    });
    await Promise.all(again);
  });
});
