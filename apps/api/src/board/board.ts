import { createBullBoard } from '@bull-board/api';
import { BullMQAdapter } from '@bull-board/api/bullMQAdapter';
import { FastifyAdapter } from '@bull-board/fastify';
import type { FastifyInstance } from 'fastify';
import { queuedGeneration } from '#common/contracts/generation.js';
import { webhookDelivery } from '#common/contracts/webhook.js';
import type { PoolQueues } from '#common/queue/pool-queues.js';
import type { WebhookQueue } from '#common/queue/webhook-queue.js';
import type { BoardDeeds } from './board-deeds.js';
import { PoolAdapter } from './pool-adapter.js';

export const BOARD_PATH = '/admin/board';

const HIDDEN = '(hidden)';

/** A job's payload without what the caller wrote. */
function withoutPrompt(payload: unknown): unknown {
  const read = queuedGeneration.safeParse(payload);
  if (!read.success) return HIDDEN;
  const { tenant, task } = read.data;
  return { tenant, task: { model: task.model, max_tokens: task.max_tokens, messages: HIDDEN } };
}

/** A delivery without what it says and where it goes. */
function withoutBody(payload: unknown): unknown {
  const read = webhookDelivery.safeParse(payload);
  return read.success ? { ...read.data, url: HIDDEN, body: HIDDEN } : HIDDEN;
}

/** Nobody changes it here: what left the queue would stay pending in PostgreSQL for ever. */
function webhooksOnBoard({ queue }: WebhookQueue): BullMQAdapter {
  const adapter = new BullMQAdapter(queue, { readOnlyMode: true, allowRetries: false });
  adapter.setFormatter('data', withoutBody);
  adapter.setFormatter('returnValue', () => HIDDEN);
  return adapter;
}

/** Bull Board in a Fastify scope of its own. The admin hooks have to be there before it: they stand before all of it. */
export async function mountBoard(
  fastify: FastifyInstance,
  queues: PoolQueues,
  webhooks: WebhookQueue,
  { isWritable, deeds }: { isWritable: boolean; deeds: BoardDeeds },
): Promise<void> {
  const server = new FastifyAdapter();
  server.setBasePath(BOARD_PATH);
  const adapters = queues.byPool().map(([pool, queue]) => {
    const options = { readOnlyMode: !isWritable, allowCompletedRetries: false };
    const adapter = new PoolAdapter(queue, options, deeds.of(pool));
    adapter.setFormatter('data', withoutPrompt);
    adapter.setFormatter('returnValue', () => HIDDEN);
    return adapter;
  });
  createBullBoard({
    queues: [...adapters, webhooksOnBoard(webhooks)],
    serverAdapter: server,
    options: { uiConfig: { boardTitle: 'Sluice queues' } },
  });
  await fastify.register(server.registerPlugin(), { prefix: BOARD_PATH });
}
