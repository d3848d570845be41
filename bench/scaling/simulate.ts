// Simulates how the scaler and its rivals follow the same work in virtual time:
// `npm run simulate -- --policy slo,kpa,keda,threshold --generator burst`; --help says all. Same arguments, same bytes.
import { readFileSync, writeFileSync } from 'node:fs';
import process from 'node:process';
import { LaunchError, messageOf } from '#scripts/local/launch-error.js';
import { complaintAbout } from '#scripts/local/run-launcher.js';
import { chartOf } from './chart.js';
import { findingsOf } from './findings.js';
import { generated } from './generators.js';
import type { Policy } from './policies.js';
import { readScalingOptions, type ScalingOptions, USAGE } from './scaling-options.js';
import { overviewTable, type WorkloadFindings, workloadTable } from './scaling-tables.js';
import type { Tally } from './tally.js';
import { parseTrace } from './trace.parser.js';
import type { Workload } from './workload.js';
import { World, type WorldTerms } from './world.js';

/** The workload of each seed. */
type Source = (seed: number) => Workload;

function traced(file: string): Source {
  try {
    const workload = parseTrace(file, readFileSync(file, 'utf8'));
    return () => workload;
  } catch (error) {
    throw new LaunchError(messageOf(error));
  }
}

const sourcesOf = ({ traces, generators }: ScalingOptions): Source[] => [
  ...traces.map(traced),
  ...generators.map((name) => (seed: number) => generated(name, seed)),
];

function run(policy: Policy, workload: Workload, options: ScalingOptions, seed: number): Tally {
  const { slots, max, tickS, coldStartS, objectiveS, lagS, dropout, killsPerHour } = options;
  const min = Math.min(max, options.min ?? workload.min);
  const terms: WorldTerms = { slots, min, max, tickS, coldStartS, objectiveS, lagS, dropout, killsPerHour };
  return new World(workload, policy.scaler(workload, terms), terms, seed).run();
}

function findings(source: Source, options: ScalingOptions): WorkloadFindings {
  const workloads = Array.from({ length: options.seeds }, (_, at) => source(options.seed + at));
  const [first] = workloads;
  return {
    name: first?.name ?? '',
    about: first?.about ?? '',
    policies: options.policies.map((policy) => ({
      policy: policy.name,
      findings: workloads.map((workload, at) =>
        findingsOf(run(policy, workload, options, options.seed + at), options.slots, options.objectiveS),
      ),
    })),
  };
}

function headOf({ seed, seeds, coldStartS, slots, objectiveS, ...rest }: ScalingOptions): string {
  const { min, max, tickS, lagS, dropout, killsPerHour } = rest;
  return [
    `Seeds ${seed} to ${seed + seeds - 1} (means); cold start ${coldStartS} s ± 20 %; ${slots} slots a worker; objective ${objectiveS} s;`,
    `workers from ${min ?? 'the workload’s minimum (1; sparse: 0)'} to ${max}; a decision every ${tickS} s on readings ${lagS} s old,`,
    `of which ${100 * dropout} % fail; ${killsPerHour} kills an hour. Drained workers end at the tick after their last job, for every policy.`,
  ].join('\n');
}

function chart(source: Source, options: ScalingOptions): string {
  const workload = source(options.seed);
  const { slots, objectiveS, policies } = options;
  return chartOf(
    `${workload.name}, seed ${options.seed}, ${slots} slots a worker, cold start ${options.coldStartS} s`,
    policies.map((policy) => ({
      policy: policy.name,
      tally: run(policy, workload, options, options.seed),
      slots,
      objectiveS,
    })),
  );
}

function print(options: ScalingOptions): void {
  const sources = sourcesOf(options);
  const workloads = sources.map((source) => findings(source, options));
  const parts = [headOf(options), ...workloads.map(workloadTable), overviewTable(workloads)];
  process.stdout.write(`${parts.join('\n\n')}\n`);
  const [first] = sources;
  if (options.svg !== null && first !== undefined) writeFileSync(options.svg, chart(first, options));
}

try {
  const args = process.argv.slice(2);
  if (args.includes('--help')) process.stdout.write(`${USAGE}\n`);
  else print(readScalingOptions(args));
} catch (error) {
  process.stderr.write(`${complaintAbout(error)}\n`);
  process.exitCode = 1;
}
