import { type DynamicModule, Module } from '@nestjs/common';
import { Metrics } from '#common/observability/metrics.js';
import type { Generating } from './generation/generating.js';
import { GenerationModule } from './generation/generation.module.js';
import { HealthController } from './health/health.controller.js';
import { WorkerHealth } from './health/worker-health.js';
import type { WorkerContext } from './worker-context.js';

@Module({})
export class WorkerModule {
  static with(context: WorkerContext, health: WorkerHealth, generating: Generating | null): DynamicModule {
    return {
      module: WorkerModule,
      imports: generating === null ? [] : [GenerationModule.with(context, generating)],
      controllers: [HealthController],
      providers: [
        { provide: Metrics, useValue: context.metrics },
        { provide: WorkerHealth, useValue: health },
      ],
    };
  }
}
