import { Body, Controller, Headers, HttpCode, Post, Req, Res } from '@nestjs/common';
import { ApiHeader, ApiResponse, ApiTags } from '@nestjs/swagger';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { mintJobId } from '#common/contracts/ids.js';
import type { WakeUp } from '#common/contracts/wake-up.js';
import type { JobRef } from '#common/settlement/settlement.js';
import { Caller } from '../admission/caller.decorator.js';
import type { Identity } from '../admission/identity.js';
import { ApiConfig } from '../api.config.js';
import { hangUpSignal } from '../http/hang-up.js';
import { CancelJob } from '../jobs/cancel-job.js';
import { QueuePlaces } from '../jobs/queue-place.js';
import { Waiting } from '../waiting/waiting.js';
import { accepted, answerOf } from './answers.js';
import {
  type AcceptedAnswer,
  acceptedAnswer,
  generateAnswer,
  type GenerateAnswer,
} from './generate.schema.js';
import { type GenerateRequest, generateRequest } from './generate.schema.js';
import { GenerationMetrics } from './generation-metrics.js';
import { type Plan, planAnswer } from './preference.policy.js';
import { SubmitJob } from './submit-job.js';
import { taskOf } from './task.js';

@ApiTags('generation')
@Controller('generate')
export class GenerateController {
  constructor(
    private readonly config: ApiConfig,
    private readonly submit: SubmitJob,
    private readonly waiting: Waiting,
    private readonly cancelJob: CancelJob,
    private readonly places: QueuePlaces,
    private readonly metrics: GenerationMetrics,
  ) {}

  @Post()
  @HttpCode(200)
  @ApiHeader({ name: 'prefer', required: false, description: 'RFC 7240: respond-async, wait=N (seconds).' })
  @ApiResponse({ status: 200, description: 'The generation.', standardSchema: generateAnswer })
  @ApiResponse({
    status: 202,
    description: 'The job goes on; come back for it.',
    standardSchema: acceptedAnswer,
  })
  async generate(
    @Body({ schema: generateRequest }) body: GenerateRequest,
    @Caller() caller: Identity,
    @Headers('prefer') prefer: string | undefined,
    @Req() request: FastifyRequest,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<GenerateAnswer | AcceptedAnswer> {
    const plan = planAnswer(body, prefer, this.config);
    if (plan.applied.length > 0) reply.header('preference-applied', plan.applied.join(', '));
    return this.metrics.observed(async () => {
      const id = mintJobId();
      const hungUp = hangUpSignal(reply);
      reply.header('x-sluice-job-id', id);
      // Expected before it is queued: a settlement may be published before the queue has answered us.
      const expectation = plan.mode === 'sync' ? this.waiting.expect(id) : null;
      let job: JobRef;
      try {
        job = await this.submit.execute(this.submission(id, body, caller, { plan, requestId: request.id }));
      } catch (error) {
        expectation?.forget();
        throw error;
      }
      const settled = (await expectation?.within(plan.waitMs, hungUp)) ?? null;
      if (plan.mode === 'sync' && hungUp.aborted && settled === null) await this.cancelJob.abandon(job);
      return this.answer(settled, job, { body, request, reply });
    });
  }

  private submission(
    id: string,
    body: GenerateRequest,
    caller: Identity,
    { plan, requestId }: { plan: Plan; requestId: string },
  ): Parameters<SubmitJob['execute']>[0] {
    return {
      id,
      caller,
      requestId,
      task: taskOf(body),
      priority: body.priority,
      metadata: body.metadata,
      deadlineMs: plan.deadlineMs,
      reply: plan.mode === 'sync' ? this.waiting.channel : undefined,
    };
  }

  private async answer(
    settled: WakeUp | null,
    job: JobRef,
    { body, request, reply }: { body: GenerateRequest; request: FastifyRequest; reply: FastifyReply },
  ): Promise<GenerateAnswer | AcceptedAnswer> {
    if (settled !== null) return answerOf(settled, { requestId: request.id, model: body.model });
    // The job is accepted, whatever Redis says now: its caller must learn its id.
    const place = await this.places.of(job).catch(() => null);
    const answer = accepted(job.id, request.id, place);
    reply.status(202).headers({ location: answer.status_url, 'retry-after': '1' });
    return answer;
  }
}
