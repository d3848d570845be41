import { activeSpan, activeTraceparent, traced } from '#common/observability/tracing.js';
import { queueName } from '#common/queue/generation-queue.js';
import type { JobRef } from '#common/settlement/settlement.js';
import type { Entry } from '../admission/admit-job.js';

/** The span of an admission. What was decided: `admitted`, `replayed`, or the code of the refusal as `error.type`. */
export function tracedAdmission({ id, pool }: JobRef, admit: () => Promise<Entry>): Promise<Entry> {
  activeSpan().set({ 'sluice.pool': pool });
  const attributes = { 'sluice.pool': pool, 'sluice.job.id': id };
  return traced({ name: 'admit', kind: 'internal', attributes }, async (span) => {
    const entry = await admit();
    span.set({ 'sluice.decision': entry.kind });
    return entry;
  });
}

/** The span that queues a job; `add` is told how the job names it, for whoever works on the job. */
export function tracedEnqueuing(
  { id, pool }: JobRef,
  add: (trace: string | undefined) => Promise<void>,
): Promise<void> {
  const queue = queueName(pool);
  const attributes = {
    'messaging.system': 'bullmq',
    'messaging.operation.name': 'enqueue',
    'messaging.operation.type': 'send',
    'messaging.destination.name': queue,
    'messaging.message.id': id,
    'sluice.pool': pool,
    'sluice.job.id': id,
  };
  return traced({ name: `enqueue ${queue}`, kind: 'producer', attributes }, () => add(activeTraceparent()));
}
