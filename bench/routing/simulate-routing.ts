// Simulates how each strategy routes to three backends, of which one is slow and one goes away and comes back:
// `npm run simulate:routing -- [--seed 1] [--seeds 5] [--seconds 240] [--load 0.6]`. Same arguments, same bytes.
import process from 'node:process';
import { STRATEGIES } from '#common/config/backend-config.js';
import { complaintAbout } from '#scripts/local/run-launcher.js';
import { findingsOf } from './findings.js';
import type { Plan } from './plan.js';
import { readRoutingOptions, type RoutingOptions } from './routing-options.js';
import { distributionTable, learntTable, type PlanFindings, recoveryTable } from './routing-tables.js';
import { type Scenario, scenarioOf, sustainedPerSecond } from './scenario.js';
import { simulate } from './simulate.js';

/** Every strategy with equal weights, and those that go by weights also with the true capacities for weights. */
function plansOf({ backends }: Scenario): Plan[] {
  const equal = STRATEGIES.map((strategy) => ({ name: strategy, strategy, weights: {} }));
  const weights = Object.fromEntries(backends.map((plan) => [plan.id, sustainedPerSecond(plan)]));
  const strategy = 'weighted_round_robin';
  return [...equal, { name: `${strategy}, weights by capacity`, strategy, weights }];
}

function run(plan: Plan, scenario: Scenario, { seed, seeds }: RoutingOptions): PlanFindings {
  const runs = Array.from({ length: seeds }, (_, at) => simulate(scenario, plan, seed + at));
  return {
    name: plan.name,
    findings: runs.map((simulated) => findingsOf(scenario, simulated)),
    learnt: runs.map(({ learnt }) => learnt),
  };
}

function print(options: RoutingOptions): void {
  const scenario = scenarioOf(options.seconds, options.load);
  const plans = plansOf(scenario).map((plan) => run(plan, scenario, options));
  const adaptive = plans.find(({ name }) => name === 'adaptive');
  const parts = [
    distributionTable(scenario, plans),
    recoveryTable(plans),
    ...(adaptive === undefined ? [] : [learntTable(scenario, adaptive)]),
  ];
  process.stdout.write(`${parts.join('\n\n')}\n`);
}

try {
  print(readRoutingOptions(process.argv.slice(2)));
} catch (error) {
  process.stderr.write(`${complaintAbout(error)}\n`);
  process.exitCode = 1;
}
