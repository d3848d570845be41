import { Controller, Get, Param, UseInterceptors } from '@nestjs/common';
import { ApiOperation, ApiResponse, ApiTags } from '@nestjs/swagger';
import { Refusal } from '#common/errors/refusal.js';
import { LimitHeaders } from '../admission/limit-headers.interceptor.js';
import { onRedis } from '#common/redis/on-redis.js';
import { Caller, Needs } from '../identity/caller.guard.js';
import type { Identity } from '../identity/identity.js';
import { KnownModels } from './known-models.js';
import { type ModelList, modelList, type WireModel, wireModel } from './models.schema.js';

@ApiTags('openai')
@Controller('v1/models')
@UseInterceptors(LimitHeaders)
export class ModelsController {
  constructor(private readonly models: KnownModels) {}

  @Get()
  @Needs('generate')
  @ApiOperation({ summary: 'The models that are known by name and that you may use.' })
  @ApiResponse({ status: 200, standardSchema: modelList })
  async list(@Caller() caller: Identity): Promise<ModelList> {
    return { object: 'list', data: await onRedis(this.models.list(caller.models)) };
  }

  @Get(':id')
  @Needs('generate')
  @ApiOperation({ summary: 'One model that is known by name.' })
  @ApiResponse({ status: 200, standardSchema: wireModel })
  @ApiResponse({ status: 404, description: 'No model of this name is known.' })
  async read(@Param('id') id: string, @Caller() caller: Identity): Promise<WireModel> {
    const model = (await onRedis(this.models.list(caller.models))).find((known) => known.id === id);
    if (model === undefined) throw new Refusal('model_not_found', { param: 'model' });
    return model;
  }
}
