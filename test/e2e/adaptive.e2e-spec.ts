import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { LocalProcess } from '../../scripts/local/process.js';
import { generate, send } from '../support/client.js';
import { eventually } from '../support/eventually.js';
import { Stack } from '../support/stack.js';

const MODEL = 'sim-instant';
let stack: Stack;
let traffic: Traffic;

/** Calls without a pause, as callers do who do not know what goes on behind. */
class Traffic {
  private isOver = false;
  private readonly callers: Promise<void>[];

  constructor(callers: number) {
    this.callers = Array.from({ length: callers }, () => this.call());
  }

  async end(): Promise<void> {
    this.isOver = true;
    await Promise.all(this.callers);
  }

  private async call(): Promise<void> {
    while (!this.isOver) await generate(stack.url(), { prompt: 'x', model: MODEL });
  }
}

/** A worker whose backend fails so often. */
const failing = (error_rate: number): Promise<LocalProcess> =>
  stack.startWorker({ SIMULATOR_PROFILES: JSON.stringify({ [MODEL]: { error_rate, latency_ms: 20 } }) });

beforeAll(async () => {
  stack = await Stack.start({ workers: 0 });
});
afterAll(async () => {
  await traffic.end();
  await stack.stop();
});

async function factorInStatus(): Promise<number | null> {
  const { body } = await send(`${stack.url()}/status`);
  const adaptive = body['adaptive'] as { model: string; backend: string; factor: number }[];
  return adaptive.find(({ model, backend }) => model === MODEL && backend === 'simulator')?.factor ?? null;
}

async function factorInMetrics(): Promise<number> {
  const text = String((await send(`${stack.url()}/metrics`)).body['text']);
  return Number(/^sluice_adaptive_factor\{[^}]*backend="simulator"[^}]*\} (\S+)$/m.exec(text)?.[1]);
}

/** Looks at the factor until it has gone the given way, and tells where it went. */
function eventuallyMoves(direction: 'down' | 'up', withinMs: number): Promise<number> {
  let last: number | null = null;
  const look = async () => {
    const factor = await factorInStatus();
    const change = factor === null || last === null ? 0 : factor - last;
    last = factor ?? last;
    return (direction === 'down' ? change < 0 : change > 0) ? last : null;
  };
  return eventually(`the factor to go ${direction}`, look, { withinMs, everyMs: 100 });
}

describe('the admitted rate of a model', () => {
  it('is cut while its backend fails, and rises again once that has healed', async () => {
    const sick = await failing(1);
    traffic = new Traffic(4);
    expect(await eventuallyMoves('down', 25_000)).toBe(0.7);
    expect(await factorInMetrics()).toBeLessThan(1);

    await Promise.all([failing(0), sick.stop(10_000)]);
    const raised = await eventuallyMoves('up', 45_000);
    expect(await factorInMetrics()).toBeGreaterThanOrEqual(raised);
  });
});
