import { BullModule, Processor } from '@nestjs/bullmq';
import { type DynamicModule, Module } from '@nestjs/common';
import { QUEUE_OPTIONS, queueName, WORKER_OPTIONS } from '#common/queue/generation-queue.js';
import type { WorkerContext } from '../worker-context.js';
import type { Generating } from './generating.js';
import { GenerationProcessor } from './generation.processor.js';

/** Hands the processor to @nestjs/bullmq. */
@Module({})
export class GenerationModule {
  static with({ config, connections }: WorkerContext, generating: Generating): DynamicModule {
    const connection = connections.queue;
    // The pool comes from the configuration, so the decorator is applied here instead of above the class.
    Processor(
      { name: queueName(config.pool) },
      { ...WORKER_OPTIONS, connection, concurrency: config.slots, autorun: false },
    )(GenerationProcessor);
    return {
      module: GenerationModule,
      imports: [BullModule.registerQueue({ name: queueName(config.pool), connection, ...QUEUE_OPTIONS })],
      providers: [{ provide: GenerationProcessor, useValue: generating.processor }],
    };
  }
}
