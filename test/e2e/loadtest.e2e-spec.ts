import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { type LoadReport, loadReport } from '../../scripts/loadtest/report.schema.js';
import { eventually } from '../support/eventually.js';
import { createKey } from '../support/keys.js';
import { Stack } from '../support/stack.js';

const CONFIG = {
  tiers: {
    anonymous: {},
    basic: { requests: { per_minute: 60, burst: 5 } },
    premium: { share: 8 },
  },
};
const PROFILES = {
  'sim-two-seconds': { latency_ms: 2_000, latency_sigma: 0, tokens_per_second: 0 },
  'sim-words': { latency_ms: 50, latency_sigma: 0, tokens_per_second: 50 },
};

let stack: Stack;
let directory: string;
beforeAll(async () => {
  directory = mkdtempSync(path.join(tmpdir(), 'sluice-loadtest-'));
  const env = { SIMULATOR_PROFILES: JSON.stringify(PROFILES), WORKER_SLOTS: '200' };
  stack = await Stack.start({ isTelling: true, config: CONFIG, env });
}, 60_000);
afterAll(async () => {
  await stack.stop();
  rmSync(directory, { recursive: true });
});

const file = (name: string): string => path.join(directory, name);

function start(args: readonly string[], url = stack.url()): { child: ChildProcess; output: () => string } {
  const child = spawn(process.execPath, ['dist/scripts/loadtest.js', '--url', url, ...args], {
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let said = '';
  for (const stream of [child.stdout, child.stderr])
    stream.setEncoding('utf8').on('data', (text: string) => (said += text));
  return { child, output: () => said };
}

async function run(args: readonly string[], url?: string): Promise<{ code: unknown; output: string }> {
  const { child, output } = start(args, url);
  const [code] = (await once(child, 'close')) as unknown[];
  return { code, output: output() };
}

const reportIn = (name: string): LoadReport => loadReport.parse(JSON.parse(readFileSync(file(name), 'utf8')));

describe('an open loop', () => {
  it('keeps its rate while the server is slow, and writes what its callers would have seen', async () => {
    const load = ['--rate', '30', '--duration', '3s', '--model', 'sim-two-seconds'];
    const files = ['--json', file('open.json'), '--html', file('open.html')];
    const { code, output } = await run([
      ...load,
      ...files,
      '--threshold',
      'requests>=90',
      '--threshold',
      'p50>=1s',
    ]);
    expect(output).toContain('✓ requests>=90: 90');
    expect(code).toBe(0);
    const report = reportIn('open.json');
    expect(report.summary).toMatchObject({ due: 90, succeeded: 90, dropped: 0, due_per_second: 30 });
    expect(report.windows.map(({ due }) => due).slice(0, 3)).toEqual([30, 30, 30]);
    // Nobody is answered in the first two seconds, in which sixty are due.
    expect(Math.max(...report.windows.map((window) => window.in_flight_max))).toBeGreaterThanOrEqual(45);
    expect(report.summary.latency_ms?.min).toBeGreaterThanOrEqual(2_000 * 0.99);
    const html = readFileSync(file('open.html'), 'utf8');
    expect(html).toMatch(/^<!doctype html>[\s\S]*Latency over time[\s\S]*<\/html>\n$/);
  });

  it('drops what is due beyond its most in flight: it is counted, and misses what is asked of a test by default', async () => {
    const load = ['--rate', '30', '--duration', '2s', '--model', 'sim-two-seconds', '--max-in-flight', '10'];
    const { code, output } = await run([...load, '--json', file('dropped.json')]);
    expect(reportIn('dropped.json').summary).toMatchObject({ due: 60, dropped: 50, succeeded: 10 });
    expect(output).toContain('✗ dropped<=0%: 83.3 %');
    expect(code).toBe(1);
  });
});

it('a stream is measured by its first token, its gaps and its speed', async () => {
  for (const route of ['generate', 'chat']) {
    const load = [
      '--stream',
      '--route',
      route,
      '--concurrency',
      '2',
      '--duration',
      '2s',
      '--model',
      'sim-words',
    ];
    const rules = ['--threshold', 'ttft.p95<30s', '--threshold', 'errors<=0%'];
    const { code, output } = await run([
      ...load,
      '--max-tokens',
      '25',
      ...rules,
      '--json',
      file('stream.json'),
    ]);
    expect([code, output]).toEqual([0, expect.stringContaining('First token')]);
    const { summary } = reportIn('stream.json');
    // What the simulator's profile says.
    expect(summary.first_token_ms?.min).toBeGreaterThanOrEqual(45);
    expect(summary.latency_ms?.min).toBeGreaterThan(summary.first_token_ms?.min ?? Infinity);
    expect(summary.token_gap_ms?.count).toBeGreaterThan(summary.succeeded);
    expect(summary.output_tokens).toBe(25 * summary.succeeded);
    // Fifty a second, and what packets add or take at both ends of a short stream.
    expect(summary.stream_tokens_per_second?.p50).toBeLessThan(100);
  }
}, 60_000);

it('each tenant and each tier has figures of its own, and a threshold may be about one of them', async () => {
  const [basic, premium] = [
    await createKey(stack, { tier: 'basic', tenant: 'small' }),
    await createKey(stack, { tier: 'premium', tenant: 'great' }),
  ];
  const keys = [
    { key: basic.key, tenant: 'small', tier: 'basic', weight: 1 },
    { key: premium.key, tenant: 'great', tier: 'premium', weight: 1 },
  ];
  writeFileSync(file('keys.json'), JSON.stringify(keys));
  const load = ['--rate', '40', '--duration', '2s', '--model', 'sim-instant', '--keys', file('keys.json')];
  const rules = ['--threshold', 'errors{tier=premium}<=0%', '--threshold', 'errors{tenant=small}<=0%'];
  const { code, output } = await run([...load, ...rules, '--json', file('tenants.json')]);
  expect(output).toContain('✓ errors{tier=premium}<=0%');
  expect(output).toContain('✗ errors{tenant=small}<=0%');
  expect(code).toBe(1);
  const { groups, summary, errors } = reportIn('tenants.json');
  const great = groups.tenant.find(({ name }) => name === 'great');
  const small = groups.tier.find(({ name }) => name === 'basic');
  expect((great?.due ?? 0) + (small?.due ?? 0)).toBe(summary.due);
  expect(great).toMatchObject({ failed: 0, errors_percent: 0 });
  expect(small?.statuses['429']).toBe(small?.failed);
  expect(errors).toEqual([{ code: '429 rate_limit_exceeded', count: small?.failed }]);
});

describe('the exit code', () => {
  it('is 2 where there is no test: wrong usage, nobody there, or no place for a report', async () => {
    const wrong = await run(['--threshold', 'speed<2s']);
    expect([wrong.code, wrong.output]).toEqual([2, expect.stringContaining('there is no figure "speed"')]);
    const alone = await run([], 'http://127.0.0.1:9');
    expect([alone.code, alone.output]).toEqual([2, expect.stringContaining('Nothing answers')]);
    const placeless = await run(['--html', file('nowhere/report.html')]);
    expect([placeless.code, placeless.output]).toEqual([2, expect.stringContaining('cannot be written')]);
  });

  it('is 130 when the test is stopped early, which reports what was measured until then', async () => {
    const load = [
      '--rate',
      '20',
      '--duration',
      '10m',
      '--model',
      'sim-instant',
      '--json',
      file('early.json'),
    ];
    const { child, output } = start(load);
    await eventually(
      'a line of progress',
      async () => (output().includes('% ') || / \d+ answered/.test(output()) ? true : null),
      {
        withinMs: 30_000,
      },
    );
    child.kill('SIGINT');
    const [code] = (await once(child, 'close')) as unknown[];
    expect(code).toBe(130);
    expect(output()).toContain('Stopped early');
    const report = reportIn('early.json');
    expect(report.ended).toBe('interrupted');
    expect(report.summary.succeeded).toBeGreaterThan(0);
    expect(existsSync(file('early.html'))).toBe(false);
  });
});
