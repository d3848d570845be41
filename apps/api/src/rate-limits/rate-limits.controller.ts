import { Controller, Get, HttpCode, Param, Post, Query, Req } from '@nestjs/common';
import { ApiOperation, ApiResponse, ApiTags } from '@nestjs/swagger';
import type { FastifyRequest } from 'fastify';
import { Refusal } from '#common/errors/refusal.js';
import { AdminAccess } from '../admin/admin-access.js';
import { CallerLimits } from '../admission/caller-limits.js';
import { onRedis } from '#common/redis/on-redis.js';
import { Callers, credentialsOf } from '../identity/callers.js';
import { FindLimited, type Limited } from './find-limited.js';
import {
  rateLimitsView,
  type RateLimitsView,
  resetAnswer,
  type ResetAnswer,
  resetQuery,
  type ResetQuery,
} from './rate-limits.schema.js';
import { viewRules } from './rate-limits-view.js';

@ApiTags('limits')
@Controller()
export class RateLimitsController {
  constructor(
    private readonly admin: AdminAccess,
    private readonly callers: Callers,
    private readonly find: FindLimited,
    private readonly limits: CallerLimits,
  ) {}

  @Get('rate-limits/:identifier')
  @ApiOperation({
    summary: 'What a caller has left of each limit: your own, or anybody’s for administrators.',
  })
  @ApiResponse({ status: 200, standardSchema: rateLimitsView })
  async read(
    @Param('identifier') identifier: string,
    @Req() request: FastifyRequest,
  ): Promise<RateLimitsView> {
    const limited = (await this.own(identifier, request)) ?? (await this.find.byIdentifier(identifier));
    const { counted, left } = await onRedis(this.limits.read(limited));
    return { identifier, tier: limited.tier, rules: viewRules(counted, left) };
  }

  @Post('admin/reset-rate-limit/:identifier')
  @HttpCode(200)
  @ApiOperation({
    summary: 'Forgets what a caller’s rules have counted. Jobs that it holds are not forgotten.',
  })
  @ApiResponse({ status: 200, standardSchema: resetAnswer })
  async reset(
    @Param('identifier') identifier: string,
    @Query({ schema: resetQuery }) { rule_type }: ResetQuery,
  ): Promise<ResetAnswer> {
    await onRedis(this.limits.forget(await this.find.byIdentifier(identifier), rule_type ?? null));
    return { message: `Rate limit reset for ${identifier}` };
  }

  /**
   * The caller, if it asks for itself; null for an administrator.
   * @throws Refusal as Callers does, or admin_required for another's limits.
   */
  private async own(identifier: string, request: FastifyRequest): Promise<Limited | null> {
    if (this.admin.actorOf(request) !== null) return null;
    const caller = await this.callers.identify(credentialsOf(request));
    if (ownIdentifier(caller) === identifier) return caller;
    throw new Refusal('admin_required', {
      message: 'You may see your own limits only; those of others are for administrators.',
    });
  }
}

/** The users of a key share its limits. */
const ownIdentifier = ({ kind, clientId }: Pick<Limited, 'clientId'> & { kind: string }): string =>
  kind === 'key' ? (clientId.split('/')[0] ?? '') : clientId;
