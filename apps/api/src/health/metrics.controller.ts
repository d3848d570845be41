import { Controller, Get, Header } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import { Metrics } from '#common/observability/metrics.js';
import { AdaptiveGauge } from '../status/adaptive-gauge.js';
import { BackendGauges } from '../status/backend-gauges.js';
import { PoolGauges } from '../status/pool-gauges.js';
import { RedisGauges } from '../status/redis-gauges.js';
import { WebhookGauges } from '../webhooks/webhook-gauges.js';

@ApiTags('operations')
@Controller('metrics')
export class MetricsController {
  constructor(
    private readonly metrics: Metrics,
    private readonly pools: PoolGauges,
    private readonly adaptive: AdaptiveGauge,
    private readonly backends: BackendGauges,
    private readonly webhooks: WebhookGauges,
    private readonly redis: RedisGauges,
  ) {}

  /** Prometheus text. */
  @Get()
  @Header('content-type', 'text/plain; version=0.0.4; charset=utf-8')
  async read(): Promise<string> {
    await Promise.all(
      [this.pools, this.adaptive, this.backends, this.webhooks, this.redis].map((gauges) => gauges.refresh()),
    );
    return this.metrics.registry.metrics();
  }
}
