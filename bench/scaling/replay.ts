// Decides what a scaler has decided once more: `npm run scaler:replay -- FILE [--policy P] [--profile P]`, with FILE from
// `npm run --silent scaler:replay -- --export > FILE`. Without options every decision must come out the same, byte for byte.
import { readFileSync } from 'node:fs';
import process from 'node:process';
import { LaunchError, messageOf } from '#scripts/local/launch-error.js';
import { complaintAbout } from '#scripts/local/run-launcher.js';
import { decide } from '../../apps/scaler/src/policy/decide.policy.js';
import { comparisonLines, decideAgain } from './decide-again.js';
import { decideOtherwise } from './decide-otherwise.js';
import { exportDecisions } from './export-decisions.js';
import { readReplayOptions, type ReplayOptions } from './replay-options.js';
import { otherwiseTables } from './replay-tables.js';
import { readToldDecisions, type ToldDecision } from './told-decisions.parser.js';

function read(file: string): ToldDecision[] {
  let text: string;
  try {
    text = readFileSync(file, 'utf8');
  } catch (error) {
    throw new LaunchError(`${file} cannot be read: ${messageOf(error)}`);
  }
  const decisions = readToldDecisions(text);
  if (decisions.length === 0) throw new LaunchError(`There is no decision in ${file}.`);
  return decisions;
}

async function run(options: ReplayOptions): Promise<void> {
  if (options.kind === 'export') {
    const url = process.env['REDIS_URL'] ?? 'redis://127.0.0.1:6379';
    await exportDecisions(url, (report) => process.stdout.write(`${report}\n`));
    return;
  }
  const decisions = read(options.file);
  if (options.kind === 'otherwise') {
    process.stdout.write(`${otherwiseTables(decideOtherwise(decisions, decide, options.otherwise))}\n`);
    return;
  }
  const comparison = decideAgain(decisions, decide);
  process.stdout.write(`${comparisonLines(comparison)}\n`);
  if (comparison.differs !== null) process.exitCode = 1;
}

try {
  await run(readReplayOptions(process.argv.slice(2)));
} catch (error) {
  process.stderr.write(`${complaintAbout(error)}\n`);
  process.exitCode = 1;
}
