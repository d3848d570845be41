import { Controller, Get, Header } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import { Metrics } from '#common/observability/metrics.js';
import { PoolQueues } from '#common/queue/pool-queues.js';

const QUEUE_STATES = ['queued', 'active', 'failed'] as const;

@ApiTags('operations')
@Controller('metrics')
export class MetricsController {
  constructor(
    private readonly metrics: Metrics,
    private readonly queues: PoolQueues,
  ) {}

  /** Prometheus text. Queue gauges that Redis does not answer are NaN: unknown is never zero. */
  @Get()
  @Header('content-type', 'text/plain; version=0.0.4; charset=utf-8')
  async read(): Promise<string> {
    const gauge = this.metrics.gauge('sluice_queue_jobs');
    await Promise.all(
      this.queues.pools.map(async (pool) => {
        const counts = await this.queues
          .counts(pool)
          .catch(() => ({ queued: NaN, active: NaN, failed: NaN }));
        for (const state of QUEUE_STATES) gauge.set({ pool, state }, counts[state]);
      }),
    );
    return this.metrics.registry.metrics();
  }
}
