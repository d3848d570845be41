// The load test: `npm run loadtest -- --users 5 --requests 10 --delay 0.5` is the original system's; docs/loadtest.md has more.
import process from 'node:process';
import { type LoadOptions, readOptions } from './loadtest/options.js';
import { report } from './loadtest/report.js';
import { checkWritable, writeResults } from './loadtest/result-files.js';
import { runTest } from './loadtest/run-test.js';
import { sayPlan } from './loadtest/say-plan.js';
import { USAGE } from './loadtest/usage.js';
import { complaintAbout } from './local/run-launcher.js';
import { listenForStop } from './local/stop-signals.js';

const MISSED = 1;
const NO_TEST = 2;
const STOPPED = 130;

/** Answers the exit code. */
async function test(options: LoadOptions): Promise<number> {
  checkWritable(options);
  const { asked, insisted } = listenForStop();
  void insisted.then(() => process.exit(STOPPED));
  console.log(`${sayPlan(options.plan)}, to ${options.url}`);
  const found = await runTest(options, process.stdout, asked);
  console.log(report(found));
  const written = writeResults(options, found);
  if (written.length > 0) console.log(`\nWritten: ${written.join(', ')}`);
  if (!found.is_passed) return MISSED;
  return found.ended === 'interrupted' ? STOPPED : 0;
}

async function main(): Promise<number> {
  try {
    const options = readOptions(process.argv.slice(2));
    if (options !== null) return await test(options);
    console.log(USAGE);
    return 0;
  } catch (error) {
    console.error(complaintAbout(error));
    return NO_TEST;
  }
}

process.exitCode = await main();
