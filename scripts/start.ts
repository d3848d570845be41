import { existsSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { apiEnvironment, scalerEnvironment, workerEnvironment } from '#common/config/environment.js';
import { loadConfig } from '#common/config/load-config.js';
import { BootError } from '#common/errors/boot-error.js';
import { LaunchError } from './local/launch-error.js';
import type { LaunchPlan } from './local/launcher.js';
import { Progress } from './local/progress.js';
import { complaintAbout, runLauncher } from './local/run-launcher.js';
import { listenForStop } from './local/stop-signals.js';

const root = path.dirname(path.dirname(fileURLToPath(import.meta.url)));

const EVERY_PROCESS = workerEnvironment.extend(apiEnvironment.shape).extend(scalerEnvironment.shape);

/** Before anything starts, and once: every process reads its own part of it again. */
function readPlan(environment: NodeJS.ProcessEnv): LaunchPlan {
  const { PORT, SCALER_MODE } = checked(environment);
  return {
    root,
    home: path.resolve(environment['SLUICE_HOME'] || '.sluice'),
    host: environment['HOST'] || null,
    port: PORT,
    startsWorkers: SCALER_MODE !== 'observe',
    redisUrl: environment['REDIS_URL'] || null,
    databaseUrl: environment['DATABASE_URL'] || null,
    environment: { ...environment, LOG_LEVEL: environment['LOG_LEVEL'] || 'warn' },
  };
}

function checked(environment: NodeJS.ProcessEnv) {
  try {
    return loadConfig(EVERY_PROCESS, environment).environment;
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
