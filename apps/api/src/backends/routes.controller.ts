import { Body, Controller, Delete, Get, Param, Put } from '@nestjs/common';
import { ApiBearerAuth, ApiOperation, ApiResponse, ApiTags } from '@nestjs/swagger';
import { type RouteConfig, routeConfig } from '#common/config/backend-config.js';
import { onRedis } from '#common/redis/on-redis.js';
import { done, type Done, routeList, type RouteView, routeView } from './backends.schema.js';
import { ManageRoutes } from './manage-routes.js';

@ApiTags('administration')
@ApiBearerAuth()
@Controller('admin/routes')
export class RoutesController {
  constructor(private readonly routes: ManageRoutes) {}

  @Get()
  @ApiOperation({ summary: 'How requests for models find a backend, by model pattern.' })
  @ApiResponse({ status: 200, standardSchema: routeList })
  async list(): Promise<{ routes: RouteView[] }> {
    return { routes: await onRedis(this.routes.list()) };
  }

  @Put(':pattern')
  @ApiOperation({
    summary: 'Sets the route of a model or pattern (URL-encoded): within 2 s every worker follows it.',
  })
  @ApiResponse({ status: 200, standardSchema: routeView })
  set(
    @Param('pattern') pattern: string,
    @Body({ schema: routeConfig }) route: RouteConfig,
  ): Promise<RouteView> {
    return this.routes.set(pattern, route);
  }

  @Delete(':pattern')
  @ApiOperation({
    summary: 'Takes back a route that was set here: the configuration file’s is in force again.',
  })
  @ApiResponse({ status: 200, standardSchema: done })
  async unset(@Param('pattern') pattern: string): Promise<Done> {
    await this.routes.unset(pattern);
    return { message: `Route ${pattern} removed successfully` };
  }
}
