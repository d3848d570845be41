import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { generate } from '../support/client.js';
import { eventually } from '../support/eventually.js';
import { fault } from '../support/openai-faults.js';
import { OpenAiServer } from '../support/openai-server.js';
import { Stack } from '../support/stack.js';

const HANG_UPS = 1_000;
const AT_ONCE = 200;
/** Of those at once, so many run; the others wait for a permit or for a slot. */
const CALLS_MAX = 60;
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
      backends: [{ id: 'hanging', kind: 'openai', url: model.url, max_connections: CALLS_MAX }],
    },
  });
});
afterAll(async () => {
  await stack.stop();
  await model.stop();
});

/** Sends requests until as many calls are open as the backend takes, and hangs up on all of them. */
async function hangUp(count: number): Promise<void> {
  const before = model.calls.length;
  const controllers = Array.from({ length: count }, () => new AbortController());
  const answers = controllers.map(({ signal }, index) =>
    generate(
      stack.url(),
      { model: 'gpt-4o', prompt: 'x', stream: index % 2 === 0, timeout_ms: 60_000 },
      {},
      signal,
    ).catch(() => null),
  );
  await eventually('the backend to be full', () => (model.calls.length >= before + CALLS_MAX ? true : null), {
    withinMs: 20_000,
  });
  for (const controller of controllers) controller.abort();
  await Promise.all(answers);
}

describe(`${HANG_UPS} callers who hang up, waiting or running, streamed or not`, () => {
  it('abort their backend calls within 1 s, and leave no lease, no job and no permit behind', async () => {
    for (let done = 0; done < HANG_UPS; done += AT_ONCE) await hangUp(AT_ONCE);
    const endedAt = performance.now();
    expect(model.calls.length).toBeGreaterThanOrEqual((HANG_UPS / AT_ONCE) * CALLS_MAX);
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
    await hangUp(CALLS_MAX);
  });
});
