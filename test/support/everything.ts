import { expect } from '@jest/globals';
import { generate } from './client.js';
import { eventually } from './eventually.js';
import type { Stack } from './stack.js';

const simulated = (id: string, model: string, more: Record<string, unknown> = {}) => ({
  id,
  kind: 'simulator',
  models: [model],
  ...more,
});
const lasting = (latency_ms: number) => ({ hedged: { latency_ms, tokens_per_second: 0 } });

/** Nobody serves the pool `idle`, so its jobs are swept; more than two jobs of one caller at once are refused. */
export const EVERYTHING = {
  pools: { default: { models: ['*'] }, idle: { models: ['idle-*'] } },
  tiers: { anonymous: { concurrent: { max: 2 } } },
  prices: { 'sim-*': { input_usd_per_million: 1, output_usd_per_million: 1 } },
  routes: {
    away: { fallbacks: ['sim-instant'] },
    hedged: { strategy: 'priority', hedge_after_ms: 20 },
  },
  backends: [
    simulated('simulator', 'sim-*'),
    simulated('narrow', 'narrow', { max_connections: 1 }),
    simulated('silent', 'hedged', { priority: 1, profiles: lasting(5_000) }),
    simulated('quick', 'hedged', { priority: 2, profiles: lasting(10) }),
    // Nobody listens there.
    { id: 'away', kind: 'openai', url: 'http://127.0.0.1:9/v1', models: ['away', 'gone'] },
  ],
};

/** Makes everything happen that is counted. */
export async function useEverything(small: Stack): Promise<void> {
  const ask = (model: string, user: string, more = {}) =>
    generate(small.url(), { prompt: 'x', model, ...more }, { 'x-user-id': user });
  const idle = (): ReturnType<typeof ask> => ask('idle-1', 'busy', { mode: 'async', timeout_ms: 100 });
  expect((await ask('sim-instant', 'a', { stream: true })).status).toBe(200);
  const answers = await Promise.all([idle(), idle(), idle()]);
  expect(answers.map(({ status }) => status).sort()).toEqual([202, 202, 429]);
  expect((await ask('away', 'a')).status).toBe(200);
  expect((await ask('hedged', 'a')).body['backend_id']).toBe('quick');
  const narrow = await Promise.all([ask('narrow', 'a'), ask('narrow', 'b')]);
  expect(narrow.map(({ status }) => status)).toEqual([200, 200]);
  // The circuit of `gone` opens; then its jobs wait.
  await eventually('a job that waits for its backend', async () =>
    (await ask('gone', 'c', { timeout_ms: 500 })).status === 202 ? true : null,
  );
}
