import { Body, Controller, Delete, Get, Headers, HttpCode, Param, Post, Query, Res } from '@nestjs/common';
import { ApiBearerAuth, ApiOperation, ApiResponse, ApiTags } from '@nestjs/swagger';
import type { FastifyReply } from 'fastify';
import { scalingExplanation } from '#common/contracts/scaling-explanation.js';
import { Refusal } from '#common/errors/refusal.js';
import { onRedis } from '#common/redis/on-redis.js';
import { explanationText } from '#common/scaling/explain.policy.js';
import { ExplainPool } from '#common/scaling/explain-pool.js';
import { ApiConfig } from '../api.config.js';
import { DecisionsReader } from './decisions.reader.js';
import { OrderScale } from './order-scale.js';
import { poolOf, PoolViews } from './pool-views.js';
import {
  type DecisionPage,
  decisionPage,
  type DecisionsQuery,
  decisionsQuery,
  type GivenOrder,
  givenOrder,
  type OrderQuery,
  orderQuery,
  poolList,
  type PoolView,
  type ScaleOrder,
  scaleOrder,
  type TakenBack,
  takenBack,
} from './pools.schema.js';

@ApiTags('administration')
@ApiBearerAuth()
@Controller('admin/pools')
export class PoolsController {
  constructor(
    private readonly config: ApiConfig,
    private readonly views: PoolViews,
    private readonly scale: OrderScale,
    private readonly explain: ExplainPool,
    private readonly decisions: DecisionsReader,
  ) {}

  @Get()
  @ApiOperation({ summary: 'The pools, with what the scaler last decided and what it was asked.' })
  @ApiResponse({ status: 200, standardSchema: poolList })
  async list(): Promise<{ pools: PoolView[] }> {
    return { pools: await onRedis(this.views.list()) };
  }

  @Post(':pool/scale')
  @HttpCode(200)
  @ApiOperation({ summary: 'Asks the scaler for a number of workers, for so many minutes.' })
  @ApiResponse({ status: 200, standardSchema: givenOrder })
  give(@Param('pool') pool: string, @Body({ schema: scaleOrder }) order: ScaleOrder): Promise<GivenOrder> {
    return onRedis(this.scale.give(pool, order));
  }

  @Delete(':pool/scale')
  @ApiOperation({ summary: 'Takes an order back before it ends by itself; with id, that of an alert.' })
  @ApiResponse({ status: 200, standardSchema: takenBack })
  async takeBack(
    @Param('pool') pool: string,
    @Query({ schema: orderQuery }) { id }: OrderQuery,
  ): Promise<TakenBack> {
    const wasThere = await onRedis(this.scale.takeBack(pool, id));
    const what = wasThere ? `was taken back` : `had ended already, or was never given`;
    return { message: `The order ${id} of pool ${pool} ${what}` };
  }

  @Get(':pool/explain')
  @ApiOperation({
    summary: 'Why the pool has as many workers as it has; with Accept: text/plain, one line a reason.',
  })
  @ApiResponse({ status: 200, standardSchema: scalingExplanation })
  async why(
    @Param('pool') pool: string,
    @Headers('accept') accept: string | undefined,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<unknown> {
    poolOf(this.config.pools, pool);
    const explanation = await onRedis(this.explain.of(pool));
    if (explanation === null) throw new Refusal('scaling_unknown', { message: NEVER_DECIDED });
    if (accept?.includes('text/plain') !== true) return explanation;
    reply.type('text/plain; charset=utf-8');
    return explanationText(explanation);
  }

  @Get(':pool/decisions')
  @ApiOperation({ summary: 'What the scaler has decided about the pool, newest first.' })
  @ApiResponse({ status: 200, standardSchema: decisionPage })
  async history(
    @Param('pool') pool: string,
    @Query({ schema: decisionsQuery }) query: DecisionsQuery,
  ): Promise<DecisionPage> {
    poolOf(this.config.pools, pool);
    return onRedis(this.decisions.newest(pool, query));
  }
}

const NEVER_DECIDED = 'No scaler has decided about this pool yet.';
