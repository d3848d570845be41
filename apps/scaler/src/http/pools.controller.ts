import { Controller, Get, Headers, Param, Res } from '@nestjs/common';
import type { FastifyReply } from 'fastify';
import { Refusal } from '#common/errors/refusal.js';
import { explanationText } from '#common/scaling/explain.policy.js';
import { ExplainPool } from '#common/scaling/explain-pool.js';
import { ScalingReports } from '#common/scaling/scaling-reports.js';
import { ScalerConfig } from '../scaler.config.js';
import { onRedis } from '#common/redis/on-redis.js';

/** Answered by every scaler alike, from what the one that acts has written. */
@Controller('scaler')
export class PoolsController {
  constructor(
    private readonly config: ScalerConfig,
    private readonly reports: ScalingReports,
    private readonly explain: ExplainPool,
  ) {}

  /** For KEDA's `metrics-api`. An error lets its `fallback` act. */
  @Get(':pool')
  async desired(@Param('pool') pool: string): Promise<{ desired: number }> {
    this.refuseUnknown(pool);
    const known = await onRedis(this.reports.of(pool));
    // Who does not know which workers there are has decided nothing: its number may be that of a pool without any.
    if (known === null || known.isStale || known.report.instances === null)
      throw new Refusal('scaling_unknown');
    return { desired: known.report.decision.desired };
  }

  /** JSON, or one line for each reason where text is asked for. */
  @Get(':pool/explain')
  async why(
    @Param('pool') pool: string,
    @Headers('accept') accept: string | undefined,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<unknown> {
    this.refuseUnknown(pool);
    const explanation = await onRedis(this.explain.of(pool));
    if (explanation === null) throw new Refusal('scaling_unknown');
    if (accept?.includes('text/plain') !== true) return explanation;
    reply.type('text/plain; charset=utf-8');
    return explanationText(explanation);
  }

  private refuseUnknown(pool: string): void {
    if (!this.config.pools.has(pool)) throw new Refusal('pool_not_found');
  }
}
