import { Readable } from 'node:stream';
import { Controller, Get, Req, Res } from '@nestjs/common';
import { ApiExcludeController } from '@nestjs/swagger';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { AdminAccess } from '../admin/admin-access.js';
import { hangUpSignal } from '../http/hang-up.js';
import { PAGE_HEADERS } from './page-headers.js';
import { PageFiles } from './page-files.js';
import { Viewers } from './viewers.js';

const STALLED_MS = 60_000;

/** The page for people; programs ask `GET /status` and the admin routes. Its files are served by PageFiles. */
@ApiExcludeController()
@Controller('dashboard')
export class DashboardController {
  constructor(
    private readonly access: AdminAccess,
    private readonly files: PageFiles,
    private readonly viewers: Viewers,
  ) {}

  @Get()
  page(@Res() reply: FastifyReply): void {
    void reply.headers(PAGE_HEADERS).send(this.files.page(this.access));
  }

  @Get('events')
  events(@Req() request: FastifyRequest, @Res({ passthrough: true }) reply: FastifyReply): Readable {
    // It could not read them, but would keep others from looking.
    this.access.refuseForeignPage(request);
    const events = this.viewers.open(hangUpSignal(reply));
    reply.headers({
      'content-type': 'text/event-stream; charset=utf-8',
      'cache-control': 'no-store',
      'x-accel-buffering': 'no',
      'x-content-type-options': 'nosniff',
    });
    // Whoever reads nothing for so long is gone, though its connection is not.
    reply.raw.setTimeout(STALLED_MS, () => reply.raw.destroy());
    return Readable.from(events, { objectMode: false });
  }
}
