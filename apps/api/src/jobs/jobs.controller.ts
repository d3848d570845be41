import { Controller, Delete, Get, Param, Query, Res, UseInterceptors } from '@nestjs/common';
import { ApiOperation, ApiResponse, ApiTags } from '@nestjs/swagger';
import type { FastifyReply } from 'fastify';
import type { JobRecord } from '#common/contracts/job-record.js';
import { isFinal } from '#common/contracts/job-status.js';
import { jobView, type JobView } from '#common/contracts/job-view.js';
import { Refusal } from '#common/errors/refusal.js';
import { viewJob } from '#common/jobs/job-view.js';
import { LimitHeaders } from '../admission/limit-headers.interceptor.js';
import { Caller, Needs } from '../identity/caller.guard.js';
import type { Identity } from '../identity/identity.js';
import { hangUpSignal } from '../http/hang-up.js';
import { onRedis } from '#common/redis/on-redis.js';
import { Waiting } from '../waiting/waiting.js';
import { CancelJob } from './cancel-job.js';
import { type JobQuery, jobList, jobQuery, type ListQuery, listQuery } from './job.schema.js';
import { OwnJobs } from './own-jobs.js';
import { QueuePlaces } from './queue-place.js';

@ApiTags('jobs')
@Controller('jobs')
@UseInterceptors(LimitHeaders)
export class JobsController {
  constructor(
    private readonly jobs: OwnJobs,
    private readonly places: QueuePlaces,
    private readonly waiting: Waiting,
    private readonly cancelJob: CancelJob,
  ) {}

  @Get()
  @Needs('jobs:read')
  @ApiOperation({ summary: 'Your own jobs, newest first.' })
  @ApiResponse({ status: 200, standardSchema: jobList })
  async list(@Query({ schema: listQuery }) query: ListQuery, @Caller() caller: Identity): Promise<unknown> {
    const page = await onRedis(this.jobs.list(caller.tenant, query));
    return {
      jobs: page.records.map((record) => {
        const { result: _, ...view } = viewJob(record);
        return view;
      }),
      next_cursor: page.cursor,
    };
  }

  @Get(':id')
  @Needs('jobs:read')
  @ApiOperation({ summary: 'One job; wait holds the call until it has ended.' })
  @ApiResponse({ status: 200, description: 'The job has ended.', standardSchema: jobView })
  @ApiResponse({ status: 202, description: 'The job has not ended.', standardSchema: jobView })
  async read(
    @Param('id') id: string,
    @Query({ schema: jobQuery }) { wait }: JobQuery,
    @Caller() caller: Identity,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<JobView> {
    const hungUp = hangUpSignal(reply);
    let record = await onRedis(this.jobs.read(caller.tenant, id));
    if (wait !== undefined && wait > 0 && !isFinal(record.status)) {
      await this.waitFor(id, wait * 1_000, hungUp);
      record = await onRedis(this.jobs.read(caller.tenant, id));
    }
    reply.header('x-sluice-job-id', id);
    if (isFinal(record.status)) return viewJob(record);
    reply.status(202).header('retry-after', '1');
    return this.unfinished(record);
  }

  @Delete(':id')
  @Needs('jobs:cancel')
  @ApiOperation({ summary: 'Cancels a job in any state, and its backend call within a second.' })
  @ApiResponse({ status: 200, description: 'The job is cancelled.', standardSchema: jobView })
  @ApiResponse({ status: 409, description: 'The job had ended otherwise.' })
  async cancel(@Param('id') id: string, @Caller() caller: Identity): Promise<JobView> {
    const { pool } = await onRedis(this.jobs.read(caller.tenant, id));
    const cancelled = await onRedis(this.cancelJob.execute({ id, tenant: caller.tenant, pool }));
    if (cancelled.kind === 'unknown') throw new Refusal('job_not_found');
    if (cancelled.kind === 'final') {
      throw new Refusal('job_final', {
        jobId: id,
        message: `The job has already ended as ${cancelled.status}.`,
      });
    }
    return viewJob(await onRedis(this.jobs.read(caller.tenant, id)));
  }

  private async waitFor(id: string, waitMs: number, hungUp: AbortSignal): Promise<void> {
    const expectation = await onRedis(this.waiting.watch(id));
    await expectation?.within(waitMs, hungUp);
  }

  private async unfinished(record: JobRecord): Promise<JobView> {
    const place = await onRedis(this.places.of(record));
    return { ...viewJob(record), ...place };
  }
}
