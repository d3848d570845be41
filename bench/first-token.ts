// Measures how much later a first token comes through Sluice than from the backend itself:
// `npm run build && node dist/bench/first-token.js [--calls 300]`. It prints a table, and takes about a minute.
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import process from 'node:process';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { startProcess } from '#scripts/local/process.js';
import { startRedis } from '#scripts/local/redis.js';
import { percentile } from '#scripts/loadtest/statistics.js';
import { startModel } from './first-token/model.js';
import { StreamCaller } from './first-token/stream-caller.js';

const ROOT = path.dirname(path.dirname(fileURLToPath(import.meta.url)));
/** A process that has just started is not what callers meet: its code is compiled as it is used. */
const WARM_UP = { callers: 10, calls: 200 };
const GRACE_MS = 35_000;
const AIM_MS = 5;

/** All rates count, and none refuses. */
const CONFIG = {
  tiers: { anonymous: { requests: { per_minute: 60_000_000 }, tokens: { per_minute: 60_000_000_000 } } },
};

const chat = { model: 'bench', messages: [{ role: 'user', content: 'Hello' }], stream: true, max_tokens: 16 };
const native = { model: 'bench', prompt: 'Hello', stream: true, max_tokens: 16 };

const endings: (() => Promise<void>)[] = [];

/** The port of an API over one worker and a Redis of their own, whose only backend is at `modelUrl`. */
async function startSluice(home: string, modelUrl: string): Promise<number> {
  const redis = await startRedis({ directory: path.join(home, 'redis') });
  endings.push(() => redis.stop());
  const SLUICE_CONFIG = path.join(home, 'sluice.config.yaml');
  writeFileSync(SLUICE_CONFIG, JSON.stringify(CONFIG));
  const env = {
    SLUICE_CONFIG,
    PATH: process.env['PATH'],
    REDIS_URL: redis.url,
    OPENAI_API_KEY: 'bench',
    OPENAI_BASE_URL: modelUrl,
    LOG_LEVEL: 'warn',
  };
  const start = async (app: 'api' | 'worker', more: NodeJS.ProcessEnv): Promise<number> => {
    const script = path.join(ROOT, 'apps', app, 'src/main.js');
    const logFile = path.join(home, `${app}.log`);
    const started = await startProcess({
      name: app,
      script,
      env: { ...env, ...more },
      inheritOutput: false,
      logFile,
    });
    endings.push(() => started.stop(GRACE_MS));
    return started.port;
  };
  await start('worker', { WORKER_ROLES: 'generate', METRICS_PORT: '0' });
  return start('api', { PORT: '0' });
}

async function warmUp(ask: () => StreamCaller): Promise<void> {
  await Promise.all(
    Array.from({ length: WARM_UP.callers }, async () => {
      const caller = ask();
      for (let call = 0; call < WARM_UP.calls; call++) await caller.firstTokenMs();
      caller.close();
    }),
  );
}

/** Milliseconds to the first token of each call, by way; the ways take turns. */
async function measure(ways: Readonly<Record<string, StreamCaller>>, calls: number) {
  const took = new Map(Object.keys(ways).map((way): [string, number[]] => [way, []]));
  for (let call = 0; call < calls; call++) {
    for (const [way, caller] of Object.entries(ways)) took.get(way)?.push(await caller.firstTokenMs());
  }
  return new Map([...took].map(([way, values]) => [way, values.sort((left, right) => left - right)]));
}

function show(took: ReadonlyMap<string, readonly number[]>): void {
  const direct = took.get('direct') ?? [];
  const inMs = (ms: number): string => ms.toFixed(2).padStart(8);
  console.log('First token, in ms          p50      p99   later at p50');
  for (const [way, values] of took) {
    const later = percentile(values, 50) - percentile(direct, 50);
    console.log(
      way.padEnd(22) + inMs(percentile(values, 50)) + ' ' + inMs(percentile(values, 99)) + inMs(later),
    );
  }
  console.log(`Aim: at most ${AIM_MS} ms later at p50.`);
}

async function main(): Promise<void> {
  const { values } = parseArgs({ options: { calls: { type: 'string', default: '300' } } });
  const home = mkdtempSync(path.join(tmpdir(), 'sluice-first-token-'));
  chmodSync(home, 0o711);
  endings.push(async () => rmSync(home, { recursive: true, force: true }));
  const model = await startModel();
  endings.push(async () => model.stop());
  const port = await startSluice(home, `http://127.0.0.1:${model.port}/v1`);
  const ways = {
    direct: () => new StreamCaller(model.port, '/v1/chat/completions', chat),
    '/v1/chat/completions': () => new StreamCaller(port, '/v1/chat/completions', chat),
    '/generate': () => new StreamCaller(port, '/generate', native),
  };
  for (const ask of Object.values(ways)) await warmUp(ask);
  const callers = Object.fromEntries(Object.entries(ways).map(([way, ask]) => [way, ask()]));
  show(await measure(callers, Number(values.calls)));
  for (const caller of Object.values(callers)) caller.close();
}

try {
  await main();
} finally {
  for (const end of endings.reverse()) await end();
}
