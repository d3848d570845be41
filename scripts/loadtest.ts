// The original system's load test: `npm run loadtest -- --users 5 --requests 10 --delay 0.5`.
import process from 'node:process';
import { analyse } from './loadtest/analysis.js';
import { checkReachable, sendRequest } from './loadtest/client.js';
import { type LoadOptions, readOptions, USAGE } from './loadtest/options.js';
import { ProgressBar } from './loadtest/progress-bar.js';
import { report } from './loadtest/report.js';
import { runUsers } from './loadtest/users.js';
import { complaintAbout } from './local/run-launcher.js';

/** Answers the exit code: 0 when every request was answered with a generation. */
async function test(options: LoadOptions): Promise<number> {
  await checkReachable(options.url);
  const { users, requestsPerUser, delaySeconds, url } = options;
  console.log(`${users} users, ${requestsPerUser} requests each, ${delaySeconds} s apart, to ${url}`);
  const bar = new ProgressBar(process.stdout, users * requestsPerUser);
  const began = performance.now();
  const answers = await runUsers(
    options,
    (userId) => sendRequest(options, userId),
    () => bar.step(),
  );
  bar.finish();
  const analysis = analyse(answers, performance.now() - began);
  console.log(report(analysis));
  return analysis.succeeded === analysis.total ? 0 : 1;
}

async function main(): Promise<number> {
  try {
    const options = readOptions(process.argv.slice(2));
    if (options !== null) return await test(options);
    console.log(USAGE);
    return 0;
  } catch (error) {
    console.error(complaintAbout(error));
    return 1;
  }
}

process.exitCode = await main();
