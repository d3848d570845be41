import type { Readable } from 'node:stream';
import { Controller, Delete, Get, HttpCode, Param, Post, Query, Req, Res } from '@nestjs/common';
import { ApiBody, ApiConsumes, ApiOperation, ApiResponse, ApiTags } from '@nestjs/swagger';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { Caller, Needs } from '../identity/caller.guard.js';
import type { Identity } from '../identity/identity.js';
import {
  fileDeleted,
  type FileDeleted,
  fileList,
  type FileList,
  fileQuery,
  type FileQuery,
  fileView,
  type FileView,
  UPLOAD_SCHEMA,
} from './file.schema.js';
import { OwnFiles, viewFile } from './own-files.js';
import { UploadFile } from './upload-file.js';

/** OpenAI's Files API, as far as batches need it. */
@ApiTags('batches')
@Controller('v1/files')
export class FilesController {
  constructor(
    private readonly upload: UploadFile,
    private readonly files: OwnFiles,
  ) {}

  @Post()
  @HttpCode(200)
  @Needs('generate')
  @ApiOperation({ summary: 'Uploads the requests of a batch, one JSON object a line.' })
  @ApiConsumes('multipart/form-data')
  @ApiBody({ schema: UPLOAD_SCHEMA })
  @ApiResponse({ status: 200, standardSchema: fileView })
  async create(@Req() request: FastifyRequest, @Caller() caller: Identity): Promise<FileView> {
    return viewFile(await this.upload.execute(request, caller));
  }

  @Get()
  @Needs('jobs:read')
  @ApiOperation({ summary: 'Your own files, newest first.' })
  @ApiResponse({ status: 200, standardSchema: fileList })
  list(@Query({ schema: fileQuery }) query: FileQuery, @Caller() caller: Identity): Promise<FileList> {
    return this.files.list(caller.tenant, query);
  }

  @Get(':id')
  @Needs('jobs:read')
  @ApiOperation({ summary: 'What is known of a file.' })
  @ApiResponse({ status: 200, standardSchema: fileView })
  async read(@Param('id') id: string, @Caller() caller: Identity): Promise<FileView> {
    return viewFile(await this.files.read(caller.tenant, id));
  }

  @Get(':id/content')
  @Needs('jobs:read')
  @ApiOperation({ summary: 'The bytes of a file.' })
  @ApiResponse({ status: 200, description: 'JSON lines.' })
  async content(
    @Param('id') id: string,
    @Caller() caller: Identity,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<Readable> {
    const { file, bytes } = await this.files.content(caller.tenant, id);
    reply.headers({
      'content-type': 'application/jsonl',
      'content-length': String(file.bytes),
      'content-disposition': `attachment; filename="${file.id}.jsonl"`,
    });
    return bytes;
  }

  @Delete(':id')
  @Needs('generate')
  @ApiOperation({ summary: 'Deletes a file. A batch that reads it goes on.' })
  @ApiResponse({ status: 200, standardSchema: fileDeleted })
  remove(@Param('id') id: string, @Caller() caller: Identity): Promise<FileDeleted> {
    return this.files.remove(caller.tenant, id);
  }
}
