import { Body, Controller, Get, Header, HttpCode, Post, UseInterceptors } from '@nestjs/common';
import { ApiOperation, ApiResponse, ApiTags } from '@nestjs/swagger';
import { LimitHeaders } from '../admission/limit-headers.interceptor.js';
import { Caller, Needs } from '../identity/caller.guard.js';
import type { Identity } from '../identity/identity.js';
import { DefaultSecret } from './default-secret.js';
import {
  type DefaultSecretView,
  defaultSecretView,
  type SecretRotation,
  secretRotation,
} from './endpoints.schema.js';

@ApiTags('webhooks')
@Controller('webhooks/secret')
@UseInterceptors(LimitHeaders)
export class DefaultSecretController {
  constructor(private readonly secret: DefaultSecret) {}

  @Get()
  @Needs('webhooks')
  @Header('cache-control', 'no-store')
  @ApiOperation({ summary: 'Your default secret, which signs for jobs that name webhook_url.' })
  @ApiResponse({ status: 200, standardSchema: defaultSecretView })
  read(@Caller() { tenant }: Identity): Promise<DefaultSecretView> {
    return this.secret.read(tenant);
  }

  @Post('rotate')
  @HttpCode(201)
  @Needs('webhooks')
  @ApiOperation({ summary: 'Makes a new default secret; for grace_seconds the one before signs as well.' })
  @ApiResponse({ status: 201, standardSchema: defaultSecretView })
  rotate(
    @Body({ schema: secretRotation }) asked: SecretRotation,
    @Caller() { tenant }: Identity,
  ): Promise<DefaultSecretView> {
    return this.secret.rotate(tenant, asked);
  }
}
