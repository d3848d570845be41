import type { Redis } from 'ioredis';
import { jsonOf } from '#common/contracts/json-of.js';
import { workerControl } from '#common/contracts/wake-up.js';
import type { Logger } from '#common/observability/logger.js';
import { channels } from '#common/redis/keys.js';

const controlMessage = jsonOf(workerControl);

export interface ControlHandlers {
  /** Somebody else has ended a job. */
  abandon(jobId: string): void;
  /** There may be an order for this worker. */
  look(): void;
}

/** The only listener of this worker's control channel. A message may be lost: whoever handles it also looks by itself. */
export class ControlChannel {
  constructor(
    private readonly workerId: string,
    private readonly subscriber: Redis,
    private readonly logger: Logger,
  ) {}

  async start(handlers: ControlHandlers): Promise<void> {
    const own = channels.workerControl(this.workerId);
    this.subscriber.on('message', (channel: string, message: string) => {
      // The connection is shared.
      if (channel === own) this.hear(message, handlers);
    });
    await this.subscriber.subscribe(own);
  }

  private hear(message: string, handlers: ControlHandlers): void {
    const { data: order } = controlMessage.safeParse(message);
    switch (order?.kind) {
      case 'abandon':
        handlers.abandon(order.job_id);
        break;
      case 'look':
        handlers.look();
        break;
      case undefined:
        this.logger.warn('an order on the control channel could not be read');
    }
  }
}
