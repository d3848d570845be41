import { existsSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { apiEnvironment, workerEnvironment } from '#common/config/environment.js';
import { loadConfig } from '#common/config/load-config.js';
import { BootError } from '#common/errors/boot-error.js';
import { LaunchError } from './local/launch-error.js';
import type { LaunchPlan } from './local/launcher.js';
import { Progress } from './local/progress.js';
import { complaintAbout, runLauncher } from './local/run-launcher.js';
import { listenForStop } from './local/stop-signals.js';

const root = path.dirname(path.dirname(fileURLToPath(import.meta.url)));

function numberFrom(
  environment: NodeJS.ProcessEnv,
  key: string,
  { normally, most }: { normally: number; most: number },
) {
  const text = environment[key]?.trim() || String(normally);
  const value = Number(text);
  if (Number.isInteger(value) && value >= 0 && value <= most) return value;
  throw new LaunchError(`${key} is ${JSON.stringify(text)}: it must be a whole number from 0 to ${most}.`);
}

function readPlan(environment: NodeJS.ProcessEnv): LaunchPlan {
  return {
    root,
    home: path.resolve(environment['SLUICE_HOME'] || '.sluice'),
    host: environment['HOST'] || null,
    port: numberFrom(environment, 'PORT', { normally: 8_000, most: 65_535 }),
    workers: numberFrom(environment, 'WORKERS', { normally: 2, most: 64 }),
    redisUrl: environment['REDIS_URL'] || null,
    databaseUrl: environment['DATABASE_URL'] || null,
    environment: { ...environment, LOG_LEVEL: environment['LOG_LEVEL'] || 'warn' },
  };
}

/** Before anything starts, and once: every process reads its own part of it again. */
function checkConfiguration(environment: NodeJS.ProcessEnv): void {
  try {
    loadConfig(workerEnvironment.extend(apiEnvironment.shape), environment);
  } catch (error) {
    if (error instanceof BootError) throw new LaunchError(error.message);
    throw error;
  }
}

const complain = (text: string): boolean => process.stderr.write(`${text}\n`);

async function main(): Promise<number> {
  try {
    // What is set in the environment wins over the file.
    if (existsSync('.env')) process.loadEnvFile('.env');
    const plan = readPlan(process.env);
    checkConfiguration(process.env);
    return await runLauncher(plan, {
      progress: new Progress(process.stdout),
      signals: listenForStop(),
      complain,
    });
  } catch (error) {
    complain(complaintAbout(error));
    return 1;
  }
}

// A closed terminal must not keep us from stopping what we started.
for (const stream of [process.stdout, process.stderr]) stream.on('error', () => undefined);
process.exit(await main());
