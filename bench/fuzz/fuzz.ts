// Sends requests made from the OpenAPI document to a running API: `npm run fuzz -- --seed N --inputs 100000`; --help says all.
import { mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import process from 'node:process';
import { complaintAbout } from '#scripts/local/run-launcher.js';
import { Progress } from '#scripts/local/progress.js';
import { listenForStop } from '#scripts/local/stop-signals.js';
import { Campaign } from './campaign.js';
import { FuzzStand } from './fuzz-stand.js';
import { type FuzzOptions, readFuzzOptions, USAGE } from './fuzz-options.js';
import { findingLines, memoryTable, statusTable } from './fuzz-tables.js';
import { Gardener } from './gardener.js';
import { parseOpenApi } from './openapi.parser.js';
import { Pulse } from './pulse.js';
import { readLogs } from './read-logs.js';
import { flatnessOf, isFlat, type Sample } from './resident-memory.js';
import { Caller } from './send.js';
import { Tally } from './tally.js';
import { Watch } from './watch.js';

const REPORTS_EVERY_MS = 30_000;

interface Seen {
  readonly tally: Tally;
  readonly samples: ReadonlyMap<string, readonly Sample[]>;
  readonly seconds: number;
  readonly pulse: Pick<Pulse, 'stalls' | 'longestMs' | 'explained'>;
}

async function fuzz(options: FuzzOptions, signal: AbortSignal): Promise<Seen> {
  const progress = new Progress(process.stdout);
  const stand = new FuzzStand(signal);
  try {
    const port = await progress.step('Redis, PostgreSQL, workers and an API', () => stand.start());
    const response = await fetch(`http://127.0.0.1:${port}/docs/json`);
    const document = parseOpenApi(await response.json());
    progress.say(`${document.operations.length} operations in the OpenAPI document, seed ${options.seed}`);
    const tally = new Tally(({ where, what }, seen) =>
      progress.say(`✗ ${where}: ${what}: ${seen.slice(0, 300)}`),
    );
    const caller = new Caller(port, options.lanes);
    const watch = new Watch(stand.processes, tally);
    const gardener = new Gardener(port);
    const pulse = new Pulse(stand.redisUrl);
    const told = setInterval(
      () => progress.say(`${tally.inputs} inputs, ${tally.findings.size} findings`),
      REPORTS_EVERY_MS,
    );
    const began = performance.now();
    try {
      await new Campaign(document, options, { caller, tally, pulse, signal }).run();
    } finally {
      clearInterval(told);
      await gardener.stop();
      await watch.stop();
      caller.close();
      pulse.stop();
    }
    const seconds = (performance.now() - began) / 1_000;
    await stand.stopProcesses();
    readLogs(stand.logLines(), tally);
    judgeMemory(watch.samples, tally);
    return { tally, samples: watch.samples, seconds, pulse };
  } finally {
    await progress.step('Everything stopped', () => stand.stop());
  }
}

function judgeMemory(samples: ReadonlyMap<string, readonly Sample[]>, tally: Tally): void {
  for (const [name, of] of samples) {
    const flatness = flatnessOf(of);
    if (flatness === null || isFlat(flatness)) continue;
    const seen = `from ${flatness.firstMinuteMib.toFixed(0)} to ${flatness.endMib.toFixed(0)} MiB`;
    tally.find(name, { name: `resident memory grew ${seen}`, seen }, null, null);
  }
}

function report(options: FuzzOptions, { tally, samples, seconds, pulse }: Seen): void {
  const findings = [...tally.findings.values()];
  mkdirSync(path.dirname(options.report), { recursive: true });
  const statuses = Object.fromEntries(
    [...tally.statuses].map(([where, counts]) => [where, Object.fromEntries(counts)]),
  );
  const { seed, lanes } = options;
  const memory = Object.fromEntries(samples);
  const told = { seed, lanes, inputs: tally.inputs, seconds, findings, statuses, memory };
  writeFileSync(options.report, `${JSON.stringify(told, null, 2)}\n`);
  console.log(
    [
      '',
      statusTable(tally),
      '',
      memoryTable(samples),
      '',
      `The machine kept Redis waiting ${pulse.stalls} times, ${pulse.longestMs.toFixed(0)} ms at most; that explains ${pulse.explained} answers that a store was away.`,
      ...(findings.length === 0 ? [] : [findingLines(findings), '']),
      `seed ${seed}: ${tally.inputs} inputs in ${seconds.toFixed(0)} s, ${findings.length} findings. Report: ${options.report}`,
    ].join('\n'),
  );
}

async function main(signal: AbortSignal): Promise<number> {
  try {
    const args = process.argv.slice(2);
    if (args.includes('--help')) {
      console.log(USAGE);
      return 0;
    }
    const options = readFuzzOptions(args);
    const seen = await fuzz(options, signal);
    report(options, seen);
    return seen.tally.findings.size === 0 ? 0 : 1;
  } catch (error) {
    if (signal.aborted) return 130;
    console.error(complaintAbout(error));
    return 1;
  }
}

process.exit(await main(listenForStop().asked));
