import type { FastifyInstance } from 'fastify';

/** The requests that are being answered. */
export class InFlight {
  private count = 0;
  private readonly waiters = new Set<() => void>();

  constructor(fastify: FastifyInstance) {
    fastify.addHook('onRequest', async (_request, reply) => {
      this.count++;
      reply.raw.once('close', () => {
        this.count--;
        if (this.count === 0) for (const resolve of this.waiters) resolve();
      });
    });
  }

  /** Resolves when the last one is answered or has hung up. */
  async none(): Promise<void> {
    while (this.count > 0) {
      await new Promise<void>((resolve) => {
        this.waiters.add(resolve);
      });
    }
  }
}
