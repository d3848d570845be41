import type { Readable } from 'node:stream';
import { Controller, Get, Headers, Param, Res, UseInterceptors } from '@nestjs/common';
import { ApiHeader, ApiOperation, ApiResponse, ApiTags } from '@nestjs/swagger';
import type { FastifyReply } from 'fastify';
import { deliveryOf } from '#common/contracts/job-stream.js';
import type { JobRecord } from '#common/contracts/job-record.js';
import { isFinal } from '#common/contracts/job-status.js';
import { answerOf } from '#common/jobs/answer-of.js';
import { LimitHeaders } from '../admission/limit-headers.interceptor.js';
import { Caller, Needs } from '../identity/caller.guard.js';
import type { Identity } from '../identity/identity.js';
import { hangUpSignal } from '../http/hang-up.js';
import { onRedis } from '#common/redis/on-redis.js';
import { OwnJobs } from '../jobs/own-jobs.js';
import { QueuePlaces } from '../jobs/queue-place.js';
import { END, invalidEventId, readEventId, type Seen } from './event-id.js';
import { JobStreams } from './job-streams.js';
import { EVENT_STREAM, EventStreams } from './event-streams.js';
import { patienceMs } from './streamed.js';

@ApiTags('jobs')
@Controller('jobs')
@UseInterceptors(LimitHeaders)
export class JobStreamController {
  constructor(
    private readonly jobs: OwnJobs,
    private readonly places: QueuePlaces,
    private readonly streams: JobStreams,
    private readonly eventStreams: EventStreams,
  ) {}

  @Get(':id/stream')
  @Needs('jobs:read')
  @ApiOperation({
    summary: 'The tokens of a job as server-sent events: status, token, then result or error.',
  })
  @ApiHeader({
    name: 'last-event-id',
    required: false,
    description: 'The id of the last event received: goes on after it, without a gap or a repeat.',
  })
  @ApiResponse({ status: 200, description: 'The events of the job.', content: EVENT_STREAM })
  @ApiResponse({ status: 204, description: 'The last event had been received: do not come back.' })
  async stream(
    @Param('id') id: string,
    @Headers('last-event-id') lastEventId: string | undefined,
    @Caller() caller: Identity,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<Readable | undefined> {
    const hungUp = hangUpSignal(reply);
    const after = readEventId(lastEventId);
    const record = await onRedis(this.jobs.read(caller.tenant, id));
    if (after === END) {
      if (!isFinal(record.status)) throw invalidEventId();
      reply.status(204);
      return undefined;
    }
    refuseForeign(after, record);
    const place = isFinal(record.status) ? null : await this.places.of(record).catch(() => null);
    const following = await onRedis(this.streams.watch(id, hungUp));
    const withinMs = patienceMs(record.deadline_ms - Date.now());
    const { request_id: requestId, model } = record;
    return this.eventStreams.send(reply, {
      jobId: id,
      requestId,
      place,
      events: following.events({ after, withinMs }, hungUp),
      answerOf: (settled) => answerOf(settled, { requestId, model }),
    });
  }
}

/** No worker has begun the delivery that it names. */
function refuseForeign(after: Seen | null, { deliveries }: JobRecord): void {
  if (after !== null && deliveryOf(after.run) > deliveries) throw invalidEventId();
}
