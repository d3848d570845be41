import type { WorkerPresence } from '#common/contracts/worker-presence.js';
import { Refusal } from '#common/errors/refusal.js';
import type { WorkerDirectory } from '#common/presence/worker-directory.js';
import type { WorkerOrders } from '#common/presence/worker-orders.js';

/** What administrators tell workers; they obey within a heartbeat. The scaler's own orders are another matter. */
export class ManageWorkers {
  constructor(
    private readonly directory: Pick<WorkerDirectory, 'list' | 'find'>,
    private readonly orders: WorkerOrders,
  ) {}

  list(): Promise<WorkerPresence[]> {
    return this.directory.list();
  }

  /** It takes no more jobs for so long; those that run go on. @throws Refusal worker_not_found. */
  async drain(id: string, forMs: number): Promise<void> {
    await this.mustLive(id);
    await this.orders.cordon(id, 'admin', forMs);
  }

  /** Takes an administrator's order back. @throws Refusal worker_not_found. */
  async resume(id: string): Promise<void> {
    await this.mustLive(id);
    await this.orders.uncordon(id, 'admin');
  }

  private async mustLive(id: string): Promise<void> {
    if ((await this.directory.find(id)) === null) throw new Refusal('worker_not_found', { param: 'id' });
  }
}
