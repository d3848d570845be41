import { OnWorkerEvent, WorkerHost } from '@nestjs/bullmq';
import { DelayedError, type Job, UnrecoverableError, WaitingError } from 'bullmq';
import { queuedGeneration } from '#common/contracts/generation.js';
import { GIVEN_UP } from '#common/queue/pool-queues.js';
import type { Logger } from '#common/observability/logger.js';
import type { JobRef, Settlement } from '#common/settlement/settlement.js';
import type { Delivery, Ran } from './delivery.js';
import { tracedDelivery } from './delivery-span.js';
import type { RunGeneration } from './run-generation.js';

export interface ProcessorParts {
  readonly pool: string;
  readonly run: RunGeneration;
  readonly settlement: Settlement;
  readonly logger: Logger;
  readonly watchdog: { started(): void };
  readonly cordon: { readonly isCordoned: boolean };
}

/** Translates BullMQ into our words. It returns nothing: BullMQ would keep a result a second time. */
export class GenerationProcessor extends WorkerHost {
  constructor(private readonly parts: ProcessorParts) {
    super();
  }

  startPulling(): void {
    this.worker.run().catch((error: unknown) => {
      this.parts.logger.error({ err: error }, 'the queue worker ended');
    });
  }

  /** Takes no more jobs; those that run go on. A fetch that is under way may still bring one. */
  async stopPulling(): Promise<void> {
    await this.worker.pause(true);
  }

  async resumePulling(): Promise<void> {
    await this.worker.resume();
    // BullMQ's loop may have been about to end when it was resumed.
    if (!this.worker.isRunning()) this.startPulling();
  }

  async close(): Promise<void> {
    await this.worker.close();
  }

  async process(queued: Job<unknown>, token?: string): Promise<void> {
    this.parts.watchdog.started();
    const generation = queuedGeneration.safeParse(queued.data);
    const job = this.refOf(queued);
    if (job === null || !generation.success)
      throw new UnrecoverableError('the queue holds what is no generation');
    const { task, trace } = generation.data;
    const delivery = { job, task, trace, times: queued.attemptsStarted - 1 };
    const ran = await tracedDelivery(delivery, () => this.take(delivery));
    if (ran.kind === 'failed') throw new UnrecoverableError(ran.because);
    if (ran.kind === 'closed') return;
    // Its place counts from a base, and by a clock, that may have moved: without one it comes before all others.
    await queued.changePriority({ priority: 0 });
    if (ran.kind === 'handed-back') {
      await queued.moveToWait(token);
      throw new WaitingError();
    }
    await queued.moveToDelayed(Date.now() + ran.inMs, token);
    throw new DelayedError();
  }

  /** BullMQ gives a job up when three workers vanished under it, without asking `process`. The sweeper looks, too. */
  @OnWorkerEvent('failed')
  async onFailed(queued: Job<unknown> | undefined, error: Error): Promise<void> {
    if (queued === undefined || error.message !== GIVEN_UP) return;
    const job = this.refOf(queued);
    if (job === null) return;
    this.parts.logger.error({ job_id: job.id }, 'a job ended its worker three times and is dead');
    await this.settleFailed(job, 'worker_crashed');
  }

  @OnWorkerEvent('error')
  onError(error: Error): void {
    this.parts.logger.debug({ err: error }, 'the queue worker lost redis');
  }

  /**
   * A cordoned worker begins nothing, so that its heartbeat `cordoned` with no active job stays true: what a fetch still brought
   * goes back as it came. Between this look and the count of running jobs nothing is awaited.
   */
  private async take(delivery: Delivery): Promise<Ran> {
    if (this.parts.cordon.isCordoned) return { kind: 'handed-back' };
    return this.run(delivery);
  }

  /** A defect ends the job, not the process. */
  private async run(delivery: Delivery): Promise<Ran> {
    try {
      return await this.parts.run.execute(delivery);
    } catch (error) {
      this.parts.logger.error({ job_id: delivery.job.id, err: error }, 'a job met a defect');
      await this.settleFailed(delivery.job, 'internal_error');
      return { kind: 'failed', because: 'internal_error' };
    }
  }

  private async settleFailed(job: JobRef, error_code: 'internal_error' | 'worker_crashed'): Promise<void> {
    try {
      await this.parts.settlement.settle(job, { status: 'failed', outcome: { attempts: 0, error_code } });
    } catch (error) {
      this.parts.logger.warn({ job_id: job.id, err: error }, 'left to the sweeper');
    }
  }

  private refOf(queued: Job<unknown>): JobRef | null {
    const generation = queuedGeneration.safeParse(queued.data);
    if (queued.id === undefined || !generation.success) return null;
    return { id: queued.id, tenant: generation.data.tenant, pool: this.parts.pool };
  }
}
