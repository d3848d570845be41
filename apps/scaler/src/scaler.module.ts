import { type DynamicModule, Module } from '@nestjs/common';
import { ExplainPool } from '#common/scaling/explain-pool.js';
import { ScalingOrders } from '#common/scaling/scaling-orders.js';
import { ScalingReports } from '#common/scaling/scaling-reports.js';
import { HealthController } from './http/health.controller.js';
import { HooksController } from './http/hooks.controller.js';
import { PoolsController } from './http/pools.controller.js';
import { ScalerHealth } from './http/scaler-health.js';
import { TakeAlerts } from './http/take-alerts.js';
import { ScalerConfig } from './scaler.config.js';
import type { ScalerContext } from './scaler-context.js';

@Module({})
export class ScalerModule {
  static with({ config, connections, metrics, logger }: ScalerContext, health: ScalerHealth): DynamicModule {
    const redis = connections.answers;
    const maxByPool = new Map([...config.pools].map(([pool, { max }]) => [pool, max]));
    const stories = [
      new ScalingReports(redis),
      new ExplainPool(redis),
      new TakeAlerts({ redis, orders: new ScalingOrders(redis), logger, maxByPool }),
      metrics,
      health,
    ];
    return {
      module: ScalerModule,
      controllers: [HealthController, PoolsController, HooksController],
      providers: [
        { provide: ScalerConfig, useValue: config },
        ...stories.map((story) => ({ provide: story.constructor, useValue: story })),
      ],
    };
  }
}
