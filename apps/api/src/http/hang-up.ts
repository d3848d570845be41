import type { FastifyReply } from 'fastify';

/** Fires when the caller closes the connection before the answer was written. (The request's `close` fires earlier.) */
export function hangUpSignal(reply: FastifyReply): AbortSignal {
  const controller = new AbortController();
  if (reply.raw.destroyed) controller.abort();
  reply.raw.once('close', () => {
    if (!reply.raw.writableFinished) controller.abort();
  });
  return controller.signal;
}
