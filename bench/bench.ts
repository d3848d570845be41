// Measures Sluice against BullMQ alone: `npm run bench -- [--seconds 8] [--against DIR] [--write]`.
import { writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import process from 'node:process';
import { fileURLToPath } from 'node:url';
import { Redis } from 'ioredis';
import { Progress } from '#scripts/local/progress.js';
import { complaintAbout } from '#scripts/local/run-launcher.js';
import { listenForStop } from '#scripts/local/stop-signals.js';
import { measure, type Measured } from './measure.js';
import { type BenchOptions, readOptions } from './options.js';
import { redisVersion } from './redis-readings.js';
import { judge } from './report/aims.js';
import { type Circumstances, machine, performancePage } from './report/page.js';
import { aimTable, asText, commandTable, ratioTable, resultsOf, resultTable } from './report/tables.js';
import { Stand } from './stand.js';

const PAGE = fileURLToPath(new URL('../../docs/performance.md', import.meta.url));

async function run(options: BenchOptions, signal: AbortSignal): Promise<[Measured, Circumstances]> {
  const loadBefore = os.loadavg()[0] ?? 0;
  const progress = new Progress(process.stdout);
  const stand = new Stand(signal, options.against);
  try {
    await progress.step('Redis, PostgreSQL, Sluice and the floor', () => stand.start());
    const redis = new Redis(stand.redisUrl);
    try {
      const measured = await measure({ stand, redis, progress, signal }, options.seconds);
      const command = `npm run bench -- --seconds ${options.seconds}${options.against === null ? '' : ' --against DIR'} --write`;
      return [measured, { redisVersion: await redisVersion(redis), command, date: new Date(), loadBefore }];
    } finally {
      redis.disconnect();
    }
  } finally {
    await progress.step('Everything stopped', () => stand.stop());
  }
}

function show(measured: Measured, circumstances: Circumstances): void {
  const results = resultsOf(measured);
  const tables = [
    resultTable(results),
    ratioTable(results),
    commandTable(measured),
    aimTable(judge(results, measured.commands.sync)),
  ];
  console.log(`\n${machine(circumstances)}\n\n${tables.map(asText).join('\n\n')}\n`);
}

async function main(signal: AbortSignal): Promise<number> {
  try {
    const options = readOptions(process.argv.slice(2));
    const [measured, circumstances] = await run(options, signal);
    show(measured, circumstances);
    if (options.isWritten) {
      writeFileSync(PAGE, performancePage(measured, circumstances));
      console.log(`Written to ${path.relative(process.cwd(), PAGE)}.`);
    }
    return 0;
  } catch (error) {
    if (signal.aborted) return 130;
    console.error(complaintAbout(error));
    return 1;
  }
}

process.exit(await main(listenForStop().asked));
