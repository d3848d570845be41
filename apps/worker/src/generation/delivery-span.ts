import { traced, tracePast } from '#common/observability/tracing.js';
import { queueName } from '#common/queue/generation-queue.js';
import type { JobRef } from '#common/settlement/settlement.js';
import type { Delivery, Ran } from './delivery.js';

const messagingOf = ({ id, pool }: JobRef) => ({
  'messaging.system': 'bullmq',
  'messaging.destination.name': queueName(pool),
  'messaging.message.id': id,
  'sluice.pool': pool,
  'sluice.job.id': id,
});

/** The span of one delivery, under the span that queued the job and linked to it. */
export function tracedDelivery({ job, trace }: Delivery, run: () => Promise<Ran>): Promise<Ran> {
  const name = `process ${queueName(job.pool)}`;
  const attributes = {
    ...messagingOf(job),
    'messaging.operation.name': 'process',
    'messaging.operation.type': 'process',
  };
  return traced({ name, kind: 'consumer', attributes, parent: trace ?? null }, async (span) => {
    const ran = await run();
    span.set({ 'sluice.ran': ran.kind });
    if (ran.kind === 'postponed') span.event('sluice.postponed', { 'sluice.in_ms': ran.inMs });
    if (ran.kind === 'failed') span.failed(ran.because);
    return ran;
  });
}

/** The time from acceptance to the first start, as a span beside the first delivery. */
export function traceQueueWait({ job, trace }: Delivery, waitedMs: number): void {
  const name = `wait ${queueName(job.pool)}`;
  tracePast({ name, kind: 'internal', attributes: messagingOf(job), parent: trace ?? null }, waitedMs);
}
