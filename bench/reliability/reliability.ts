// Measures the figures to hold: `npm run reliability -- [--only NAME,…] [--seed 1] [--report FILE]`. Ends with 1 when one is missed.
import { writeFileSync } from 'node:fs';
import process from 'node:process';
import { messageOf } from '#scripts/local/launch-error.js';
import { complaintAbout } from '#scripts/local/run-launcher.js';
import { listenForStop } from '#scripts/local/stop-signals.js';
import type { Figure, Surroundings } from './figure.js';
import { backlog } from './figures/backlog.js';
import { hangUps } from './figures/hang-ups.js';
import { oneKey } from './figures/one-key.js';
import { overload } from './figures/overload.js';
import { poisonJob } from './figures/poison-job.js';
import { postgresAway } from './figures/postgres-away.js';
import { receivers } from './figures/receivers.js';
import { redisFrozen } from './figures/redis-frozen.js';
import { readReliabilityOptions, type ReliabilityOptions } from './reliability-options.js';
import {
  isHeld,
  loadNow,
  machine,
  markdownOf,
  type Measured,
  type Report,
  textOf,
} from './reliability-report.js';

const FIGURES: readonly Figure[] = [
  poisonJob,
  redisFrozen,
  postgresAway,
  oneKey,
  backlog,
  overload,
  receivers,
  hangUps,
];

async function measure(figure: Figure, around: Surroundings): Promise<Measured> {
  const began = performance.now();
  const before = loadNow();
  const whole = (findings: Measured['findings'], trouble: string | null): Measured => ({
    figure: { name: figure.name, title: figure.title },
    findings,
    trouble,
    tookSeconds: (performance.now() - began) / 1_000,
    load: [before, loadNow()],
  });
  try {
    return whole(await figure.measure(around), null);
  } catch (error) {
    around.signal.throwIfAborted();
    return whole([], messageOf(error));
  }
}

async function measureAll({ seed, only }: ReliabilityOptions, signal: AbortSignal): Promise<Measured[]> {
  const chosen = FIGURES.filter(({ name }) => only.length === 0 || only.includes(name));
  const measured: Measured[] = [];
  for (const figure of chosen) {
    console.log(`\n${figure.title}`);
    const say = (line: string): void => console.log(`  ${line}`);
    const found = await measure(figure, { seed, signal, say });
    console.log(`\n${textOf([found])}`);
    measured.push(found);
  }
  return measured;
}

function show(report: Report, file: string | null): void {
  console.log(`\nseed ${report.seed}, ${report.machine}\n\n${textOf(report.measured)}\n`);
  if (file === null) return;
  writeFileSync(file, file.endsWith('.json') ? `${JSON.stringify(report, null, 2)}\n` : markdownOf(report));
  console.log(`Written to ${file}.`);
}

async function main(signal: AbortSignal): Promise<number> {
  try {
    const args = process.argv.slice(2);
    const names = FIGURES.map(({ name }) => name);
    const options = readReliabilityOptions(args, names);
    console.log(`seed ${options.seed}`);
    const measured = await measureAll(options, signal);
    const only = options.only.length === 0 ? '' : ` --only ${options.only.join(',')}`;
    const command = `npm run reliability --${only} --seed ${options.seed}`;
    const date = new Date().toISOString().slice(0, 10);
    show({ command, seed: options.seed, date, machine: machine(), measured }, options.report);
    return measured.every(isHeld) ? 0 : 1;
  } catch (error) {
    if (signal.aborted) return 130;
    console.error(complaintAbout(error));
    return 1;
  }
}

process.exit(await main(listenForStop().asked));
