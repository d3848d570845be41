import { mintJobId } from '#common/contracts/ids.js';
import type { SettledEvent } from '#common/contracts/settled-event.js';
import { keys } from '#common/redis/keys.js';
import type { Redis } from 'ioredis';

export function settledEventOf(changes: Partial<SettledEvent> = {}): SettledEvent {
  return {
    job_id: mintJobId(),
    status: 'completed',
    tenant: 'tenant-1',
    client_id: 'client-1',
    request_id: 'req-1',
    pool: 'default',
    model: 'sim-fast',
    worker_id: 'worker-1',
    created_ms: 1_767_225_600_000,
    started_ms: 1_767_225_600_250,
    settled_ms: 1_767_225_601_123,
    outcome: {
      attempts: 1,
      backend_id: 'simulator',
      processing_ms: 873.5,
      usage: { input_tokens: 12, output_tokens: 34 },
      cost_usd: 0.00012345,
    },
    webhook: null,
    ...changes,
  };
}

/** The fields as settle.lua appends them. */
export function fieldsOf({ outcome, webhook, ...event }: SettledEvent): string[] {
  const flat = Object.entries(event).flatMap(([name, value]) => [name, String(value ?? '')]);
  const told = webhook === null ? '' : JSON.stringify(webhook);
  return [...flat, 'outcome', JSON.stringify(outcome), 'webhook', told];
}

export async function tell(redis: Redis, events: readonly SettledEvent[]): Promise<void> {
  const pipeline = redis.pipeline();
  for (const event of events) pipeline.xadd(keys.events, '*', ...fieldsOf(event));
  await pipeline.exec();
}
