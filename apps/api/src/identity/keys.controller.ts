import { Body, Controller, Delete, Get, HttpCode, Param, Post } from '@nestjs/common';
import { ApiOperation, ApiResponse, ApiTags } from '@nestjs/swagger';
import {
  type CreatedKey,
  createdKey,
  keyList,
  keyView,
  type KeyView,
  newKey,
  type NewKey,
  rotation,
  type Rotation,
} from './api-keys.schema.js';
import { ManageKeys } from './manage-keys.js';

@ApiTags('administration')
@Controller('admin/keys')
export class KeysController {
  constructor(private readonly keys: ManageKeys) {}

  @Post()
  @HttpCode(201)
  @ApiOperation({ summary: 'Makes an API key; it is shown in this answer and never again.' })
  @ApiResponse({ status: 201, standardSchema: createdKey })
  create(@Body({ schema: newKey }) asked: NewKey): Promise<CreatedKey> {
    return this.keys.create(asked);
  }

  @Get()
  @ApiOperation({ summary: 'The API keys, newest first, at most 1,000.' })
  @ApiResponse({ status: 200, standardSchema: keyList })
  async list(): Promise<{ keys: KeyView[] }> {
    return { keys: await this.keys.list() };
  }

  @Delete(':id')
  @ApiOperation({ summary: 'Revokes an API key: within 2 s it works nowhere.' })
  @ApiResponse({ status: 200, standardSchema: keyView })
  revoke(@Param('id') id: string): Promise<KeyView> {
    return this.keys.revoke(id);
  }

  @Post(':id/rotate')
  @HttpCode(201)
  @ApiOperation({ summary: 'Gives an API key a new secret; the old one goes on for grace_seconds.' })
  @ApiResponse({ status: 201, standardSchema: createdKey })
  rotate(@Param('id') id: string, @Body({ schema: rotation }) asked: Rotation): Promise<CreatedKey> {
    return this.keys.rotate(id, asked);
  }
}
