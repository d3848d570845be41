import { createBullBoard } from '@bull-board/api';
import { BullMQAdapter } from '@bull-board/api/bullMQAdapter';
import { FastifyAdapter } from '@bull-board/fastify';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { queuedGeneration } from '#common/contracts/generation.js';
import type { PoolQueues } from '#common/queue/pool-queues.js';

export const BOARD_PATH = '/admin/board';

export interface BoardOptions {
  readonly isWritable: boolean;
  /** Throws for whoever may not pass. */
  readonly gate: (request: FastifyRequest) => void;
  /** Answers whoever may not pass: the board has an error handler of its own, which must not see it. */
  readonly refuse: (thrown: unknown, request: FastifyRequest, reply: FastifyReply) => void;
}

const HIDDEN = '(hidden)';

/** A job's payload without what the caller wrote. */
function withoutPrompt(payload: unknown): unknown {
  const read = queuedGeneration.safeParse(payload);
  if (!read.success) return HIDDEN;
  const { tenant, task } = read.data;
  return { tenant, task: { model: task.model, max_tokens: task.max_tokens, messages: HIDDEN } };
}

/**
 * Bull Board in a Fastify scope of its own: the gate is a hook of that scope, so it stands before the page, its files
 * and its JSON API alike, however the path is spelled.
 */
export async function mountBoard(
  fastify: FastifyInstance,
  queues: PoolQueues,
  options: BoardOptions,
): Promise<void> {
  const server = new FastifyAdapter();
  server.setBasePath(BOARD_PATH);
  const adapters = queues.all().map((queue) => {
    const adapter = new BullMQAdapter(queue, {
      readOnlyMode: !options.isWritable,
      // A settled job cannot run again: a retry would only take it out of the dead letters.
      allowRetries: false,
    });
    adapter.setFormatter('data', withoutPrompt);
    adapter.setFormatter('returnValue', () => HIDDEN);
    return adapter;
  });
  createBullBoard({
    queues: adapters,
    serverAdapter: server,
    options: { uiConfig: { boardTitle: 'Sluice queues' } },
  });
  await fastify.register(async (scope) => {
    scope.addHook('onRequest', async (request, reply) => {
      try {
        options.gate(request);
      } catch (refusal) {
        options.refuse(refusal, request, reply);
      }
    });
    await scope.register(server.registerPlugin(), { prefix: BOARD_PATH });
  });
}
