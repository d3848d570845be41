// Breaks a whole Sluice for some minutes and checks that nothing was lost, done twice or said wrongly:
// `npm run chaos -- --seed N --minutes M` (docs/reliability.md).
import { randomInt } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import path from 'node:path';
import process from 'node:process';
import { Progress } from '#scripts/local/progress.js';
import { complaintAbout } from '#scripts/local/run-launcher.js';
import { listenForStop } from '#scripts/local/stop-signals.js';
import { check } from './check/check.js';
import { type ChaosOptions, readOptions } from './options.js';
import { figuresOf } from './report/figures.js';
import { asMarkdown, asText, commandOf, type Report, reportOf } from './report/report.js';
import { ChaosRun, termsOf } from './run-chaos.js';

async function run(options: ChaosOptions, signal: AbortSignal): Promise<number> {
  const progress = new Progress(process.stdout);
  const chaos = new ChaosRun(options, { signal, say: (line) => progress.say(line) });
  const { world } = chaos;
  let isKept = false;
  try {
    const evidence = await progress.step('Storm', () => chaos.execute());
    const findings = check(evidence, termsOf(options));
    const report = reportOf(options, figuresOf(evidence), { findings, happened: evidence.happened });
    show(report, options);
    isKept = findings.length > 0;
    if (isKept) writeFileSync(path.join(world.home, 'evidence.json'), JSON.stringify(evidence, withMaps, 1));
    return isKept ? 1 : 0;
  } catch (error) {
    isKept = !signal.aborted;
    throw error;
  } finally {
    await progress.step('Everything stopped', () => world.stop());
    if (isKept) progress.say(`Logs and data are kept in ${world.home}`);
    else world.forget();
  }
}

const withMaps = (_: string, value: unknown): unknown =>
  value instanceof Map ? Object.fromEntries(value) : value;

function show(report: Report, options: ChaosOptions): void {
  console.log(`\n${asText(report)}\n`);
  if (options.report === null) return;
  writeFileSync(`${options.report}.json`, `${JSON.stringify(report, null, 2)}\n`);
  writeFileSync(`${options.report}.md`, asMarkdown(report));
}

async function main(signal: AbortSignal): Promise<number> {
  try {
    const options = readOptions(process.argv.slice(2), randomInt(1_000_000));
    console.log(`Seed ${options.seed}: ${commandOf(options)}`);
    const code = await run(options, signal);
    console.log(
      `Seed ${options.seed}: ${code === 0 ? 'nothing lost, duplicated or unexpected' : 'see above'}`,
    );
    return code;
  } catch (error) {
    if (signal.aborted) return 130;
    console.error(complaintAbout(error));
    return 1;
  }
}

process.exit(await main(listenForStop().asked));
