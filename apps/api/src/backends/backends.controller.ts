import { Body, Controller, Delete, Get, HttpCode, Param, Patch, Post } from '@nestjs/common';
import { ApiBearerAuth, ApiOperation, ApiResponse, ApiTags } from '@nestjs/swagger';
import { onRedis } from '#common/redis/on-redis.js';
import {
  backendList,
  type BackendPatch,
  backendPatch,
  type BackendView,
  done,
  type Done,
  newBackend,
  type NewBackend,
} from './backends.schema.js';
import { FleetBackends } from './fleet-backends.js';
import { ManageBackends } from './manage-backends.js';

@ApiTags('administration')
@ApiBearerAuth()
@Controller('admin')
export class BackendsController {
  constructor(
    private readonly manage: ManageBackends,
    private readonly fleet: FleetBackends,
  ) {}

  @Post('add-backend')
  @HttpCode(201)
  @ApiOperation({ summary: 'Adds a backend: within 2 s every worker calls it.' })
  @ApiResponse({ status: 201, standardSchema: done })
  async add(@Body({ schema: newBackend }) asked: NewBackend): Promise<Done> {
    await this.manage.add(asked);
    return { message: `Backend ${asked.id} added successfully` };
  }

  @Delete('remove-backend/:id')
  @ApiOperation({
    summary: 'Removes a backend: within 2 s no worker begins a call there; calls that had begun go on.',
  })
  @ApiResponse({ status: 200, standardSchema: done })
  async remove(@Param('id') id: string): Promise<Done> {
    await this.manage.remove(id);
    return { message: `Backend ${id} removed successfully` };
  }

  @Get('backends')
  @ApiOperation({ summary: 'The backends in force, and in what condition the workers found them.' })
  @ApiResponse({ status: 200, standardSchema: backendList })
  async list(): Promise<{ backends: BackendView[] }> {
    return { backends: await onRedis(this.fleet.list()) };
  }

  @Patch('backends/:id')
  @ApiOperation({ summary: 'Changes a backend; what is left out stays as it is.' })
  @ApiResponse({ status: 200, standardSchema: done })
  async change(@Param('id') id: string, @Body({ schema: backendPatch }) patch: BackendPatch): Promise<Done> {
    await this.manage.change(id, patch);
    return { message: `Backend ${id} changed successfully` };
  }

  @Post('backends/:id/restore')
  @HttpCode(200)
  @ApiOperation({ summary: 'Takes back changes and removal of a configured backend.' })
  @ApiResponse({ status: 200, standardSchema: done })
  async restore(@Param('id') id: string): Promise<Done> {
    await this.manage.restore(id);
    return { message: `Backend ${id} restored successfully` };
  }
}
