import type { ExplainedDecision, ScalingExplanation } from '#common/contracts/scaling-explanation.js';
import type { ScalingOrder, ScalingReason, ScalingReport } from '#common/contracts/scaling.js';
import { countOf, sentenceOf } from './reason-sentences.policy.js';

/** The last step that changed the number; without one, the last step. Null when there are none. */
export function decidingReason(reasons: readonly ScalingReason[]): ScalingReason | null {
  const changed = reasons.findLast(({ to }, at) => to !== (reasons[at - 1]?.to ?? 0));
  return changed ?? reasons.at(-1) ?? null;
}

/** One line: how many are wanted and how many there are, and the step that decided. */
export function summaryOf({ decision, instances }: Pick<ScalingReport, 'decision' | 'instances'>): string {
  const { desired, current, action, reasons } = decision;
  const deciding = decidingReason(reasons);
  const because = deciding === null ? '' : ` ${sentenceOf(deciding)}`;
  if (instances === null) return `Holds what there is.${because}`;
  return `Wants ${countOf(desired)} and has ${current} (${action}).${because}`;
}

export function explainDecision(report: ScalingReport): ExplainedDecision {
  const { pool, mode, driver, scaler_id, epoch, decision } = report;
  const reasons = decision.reasons.map((reason) => ({ ...reason, sentence: sentenceOf(reason) }));
  return {
    pool,
    at: new Date(report.at_ms).toISOString(),
    mode,
    driver,
    scaler_id,
    epoch,
    summary: summaryOf(report),
    decision: { ...decision, reasons },
  };
}

/** The explanation as text for a terminal: one line for each reason, worker, order and trouble. */
export function explanationText(explanation: ScalingExplanation): string {
  const { decision, at, age_seconds, is_stale, scaler_id, epoch, mode, driver } = explanation;
  const lines = [
    `Pool ${explanation.pool}. ${explanation.summary}`,
    `Decided ${at}, ${Math.round(age_seconds)} s ago, by ${scaler_id} (epoch ${epoch}); policy ${decision.policy}, mode ${mode}, driver ${driver}.`,
    ...(is_stale ? ['This is old: no scaler has decided for more than 30 s.'] : []),
    ...section(
      'Because',
      decision.reasons.map(({ to, sentence }) => `${String(to).padStart(4)}  ${sentence}`),
    ),
    ...section(
      'Leaving',
      decision.victims.map((name) => `  ${name}`),
    ),
    ...section(
      'Taken back',
      decision.undrain.map((name) => `  ${name}`),
    ),
    ...workersText(explanation),
    ...section('Orders in force', explanation.orders.map(orderText)),
    ...section(
      'Troubles',
      explanation.troubles.map((trouble) => `  ${trouble}`),
    ),
  ];
  return `${lines.join('\n')}\n`;
}

const section = (title: string, lines: readonly string[]): string[] =>
  lines.length === 0 ? [] : ['', `${title}:`, ...lines];

function workersText({ instances, foreign }: ScalingExplanation): string[] {
  const others =
    foreign.workers === 0
      ? []
      : [`  and ${countOf(foreign.workers)} with ${foreign.slots} slots that no scaler started`];
  if (instances === null) return ['', 'Workers: unknown.', ...others];
  const lines = instances.map(
    ({ name, state, active, slots, is_outdated }) =>
      `  ${name}  ${state}, ${active} of ${slots} slots busy${is_outdated ? ', of an old image or configuration' : ''}`,
  );
  return section('Workers', [...lines, ...others]);
}

function orderText({ kind, workers, until_ms, source, id, because }: ScalingOrder): string {
  const number = workers === null ? '' : ` ${workers}`;
  return `  ${kind}${number} until ${new Date(until_ms).toISOString()}, of ${source} ${id}: ${because}`;
}
