import { Body, Controller, Delete, Get, HttpCode, Param, Patch, Post, UseInterceptors } from '@nestjs/common';
import { ApiOperation, ApiResponse, ApiTags } from '@nestjs/swagger';
import { LimitHeaders } from '../admission/limit-headers.interceptor.js';
import { Caller, Needs } from '../identity/caller.guard.js';
import type { Identity } from '../identity/identity.js';
import {
  endpointList,
  type EndpointPatch,
  endpointPatch,
  type EndpointView,
  endpointView,
  type EndpointWithSecret,
  endpointWithSecret,
  type NewEndpoint,
  newEndpoint,
  type SecretRotation,
  secretRotation,
} from './endpoints.schema.js';
import { ManageEndpoints } from './manage-endpoints.js';

@ApiTags('webhooks')
@Controller('webhooks/endpoints')
@UseInterceptors(LimitHeaders)
export class EndpointsController {
  constructor(private readonly endpoints: ManageEndpoints) {}

  @Post()
  @HttpCode(201)
  @Needs('webhooks')
  @ApiOperation({ summary: 'Registers a URL that is told how your jobs end.' })
  @ApiResponse({ status: 201, standardSchema: endpointWithSecret })
  @ApiResponse({ status: 409, description: 'You have 50 endpoints.' })
  create(
    @Body({ schema: newEndpoint }) asked: NewEndpoint,
    @Caller() { tenant }: Identity,
  ): Promise<EndpointWithSecret> {
    return this.endpoints.create(tenant, asked);
  }

  @Get()
  @Needs('webhooks')
  @ApiOperation({ summary: 'Your endpoints, newest first.' })
  @ApiResponse({ status: 200, standardSchema: endpointList })
  async list(@Caller() { tenant }: Identity): Promise<{ endpoints: EndpointView[] }> {
    return { endpoints: await this.endpoints.list(tenant) };
  }

  @Get(':id')
  @Needs('webhooks')
  @ApiOperation({ summary: 'One endpoint.' })
  @ApiResponse({ status: 200, standardSchema: endpointView })
  read(@Param('id') id: string, @Caller() { tenant }: Identity): Promise<EndpointView> {
    return this.endpoints.read({ tenant, id });
  }

  @Patch(':id')
  @Needs('webhooks')
  @ApiOperation({ summary: 'Changes an endpoint, disables it or enables it again.' })
  @ApiResponse({ status: 200, standardSchema: endpointView })
  change(
    @Param('id') id: string,
    @Body({ schema: endpointPatch }) patch: EndpointPatch,
    @Caller() { tenant }: Identity,
  ): Promise<EndpointView> {
    return this.endpoints.change({ tenant, id }, patch);
  }

  @Post(':id/rotate')
  @HttpCode(201)
  @Needs('webhooks')
  @ApiOperation({
    summary: 'Gives an endpoint a new secret; for grace_seconds the one before signs as well.',
  })
  @ApiResponse({ status: 201, standardSchema: endpointWithSecret })
  rotate(
    @Param('id') id: string,
    @Body({ schema: secretRotation }) asked: SecretRotation,
    @Caller() { tenant }: Identity,
  ): Promise<EndpointWithSecret> {
    return this.endpoints.rotate({ tenant, id }, asked);
  }

  @Delete(':id')
  @HttpCode(204)
  @Needs('webhooks')
  @ApiOperation({ summary: 'Deletes an endpoint: nothing more is sent to it.' })
  @ApiResponse({ status: 204, description: 'It is deleted.' })
  async delete(@Param('id') id: string, @Caller() { tenant }: Identity): Promise<void> {
    await this.endpoints.delete({ tenant, id });
  }
}
