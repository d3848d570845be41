import { type Findings, meanOf } from './findings.js';

/** What the seeds of one policy showed under one workload. */
export interface PolicyFindings {
  readonly policy: string;
  readonly findings: readonly Findings[];
}

export interface WorkloadFindings {
  readonly name: string;
  readonly about: string;
  readonly policies: readonly PolicyFindings[];
}

function table(heads: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]): string => `| ${cells.join(' | ')} |`;
  return [line(heads), line(heads.map(() => '---')), ...rows.map(line)].join('\n');
}

const COLUMNS: readonly (readonly [string, (mean: Findings) => string])[] = [
  ['worker-hours', ({ workerHours }) => workerHours.toFixed(2)],
  ['in use', ({ utilisation }) => `${(100 * utilisation).toFixed(0)} %`],
  ['p50 s', ({ p50S }) => p50S.toFixed(1)],
  ['p95 s', ({ p95S }) => p95S.toFixed(1)],
  ['p99 s', ({ p99S }) => p99S.toFixed(1)],
  ['max s', ({ maxS }) => maxS.toFixed(0)],
  ['over', ({ over }) => `${(100 * over).toFixed(2)} %`],
  ['actions', ({ actions }) => actions.toFixed(0)],
  ['reversals', ({ reversals }) => reversals.toFixed(0)],
  ['jobs cut', ({ killedJobs }) => killedJobs.toFixed(0)],
  ['jobs failed', ({ failedJobs }) => failedJobs.toFixed(0)],
  ['calls while failing', ({ callsWhileFailing }) => callsWhileFailing.toFixed(0)],
  ['late for s', ({ recoveryS }) => recoveryS.toFixed(0)],
];

/** Everything about one workload. */
export function workloadTable({ name, about, policies }: WorkloadFindings): string {
  const rows = policies.map(({ policy, findings }) => {
    const mean = meanOf(findings);
    return [`\`${policy}\``, ...COLUMNS.map(([, shown]) => shown(mean))];
  });
  return `${name}: ${about}\n\n${table(['policy', ...COLUMNS.map(([head]) => head)], rows)}`;
}

/** worker-hours / % over the objective / scale actions, of all policies under all workloads. */
export function overviewTable(workloads: readonly WorkloadFindings[]): string {
  const policies = workloads[0]?.policies.map(({ policy }) => policy) ?? [];
  const rows = policies.map((policy) => [
    `\`${policy}\``,
    ...workloads.map((one) => cell(one.policies.find((each) => each.policy === policy)?.findings ?? [])),
  ]);
  return table(['hours / % over / actions', ...workloads.map(({ name }) => name)], rows);
}

function cell(findings: readonly Findings[]): string {
  const { workerHours, over, actions } = meanOf(findings);
  return `${workerHours.toFixed(1)} / ${(100 * over).toFixed(2)} / ${actions.toFixed(0)}`;
}
