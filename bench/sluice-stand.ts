import { existsSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import process from 'node:process';
import { setTimeout as pause } from 'node:timers/promises';
import { z } from 'zod';
import { LaunchError } from '#scripts/local/launch-error.js';
import { type LocalProcess, startProcess } from '#scripts/local/process.js';

export const WORKER_SLOTS = 50;

/** Every kind of rule counts, and none of them refuses: refusals are not what is measured. */
const CONFIG = `
pools: { default: { models: ['*'], queued_max: 100000000 } }
tiers:
  anonymous: {}
  bench:
    requests: { per_minute: 60000000 }
    tokens: { per_minute: 60000000000 }
    concurrent: { max: 100000000 }
    queued: { max: 100000000 }
    budget: { usd_per_day: 1000000 }
prices: { '*': { input_usd_per_million: 0.15, output_usd_per_million: 0.6 } }
`;

const KEY = { name: 'bench', tier: 'bench', budget_usd_per_day: 1_000_000 };
const KEY_WITHIN_MS = 10_000;
const createdKey = z.object({ key: z.string() });

export interface SluicePlan {
  readonly name: string;
  /** Of the compiled files. */
  readonly root: string;
  /** Where the configuration and logs go. */
  readonly home: string;
  readonly redisUrl: string;
  readonly databaseUrl: string;
  /** Null for whatever the build has without one. */
  readonly configFile: string | null;
  /** For all of its processes. */
  readonly env?: NodeJS.ProcessEnv;
  readonly signal: AbortSignal;
}

/** Sluice with every process it has in production: one that tells, one that generates, one API. */
export async function startSluice(plan: SluicePlan): Promise<{ api: LocalProcess; all: LocalProcess[] }> {
  const generate = { WORKER_ROLES: 'generate', METRICS_PORT: '0', WORKER_SLOTS: String(WORKER_SLOTS) };
  const tell = await start(plan, 'tell', 'worker', { WORKER_ROLES: 'tell', METRICS_PORT: '0' });
  const worker = await start(plan, 'generate', 'worker', generate);
  const api = await start(plan, 'api', 'api', { PORT: '0' });
  return { api, all: [tell, worker, api] };
}

/** The configuration of a full admission; written once. */
export function fullConfig(home: string): string {
  const file = path.join(home, 'sluice.config.yaml');
  if (!existsSync(file)) writeFileSync(file, CONFIG);
  return file;
}

/** A key in the tier that every rule counts. The tables may not be there yet. */
export async function createKey(port: number): Promise<string> {
  const deadline = performance.now() + KEY_WITHIN_MS;
  for (;;) {
    const response = await fetch(`http://127.0.0.1:${port}/admin/keys`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(KEY),
    });
    if (response.status === 201) return createdKey.parse(await response.json()).key;
    if (performance.now() > deadline) throw new LaunchError(`No API key was made: ${await response.text()}`);
    await pause(100);
  }
}

/** Logs go to a file at the default level, as they would go to a collector. */
function start(
  plan: SluicePlan,
  role: string,
  app: 'api' | 'worker',
  environment: NodeJS.ProcessEnv,
): Promise<LocalProcess> {
  const { name, root, home, redisUrl, databaseUrl, configFile, signal } = plan;
  return startProcess({
    name: `${name}-${role}`,
    script: path.join(root, 'apps', app, 'src/main.js'),
    env: {
      PATH: process.env['PATH'],
      REDIS_URL: redisUrl,
      DATABASE_URL: databaseUrl,
      ...(configFile === null ? {} : { SLUICE_CONFIG: configFile }),
      ...plan.env,
      ...environment,
    },
    inheritOutput: false,
    logFile: path.join(home, `${name}-${role}.log`),
    signal,
  });
}
