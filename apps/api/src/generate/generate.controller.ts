import type { Readable } from 'node:stream';
import { Body, Controller, Headers, HttpCode, Post, Req, Res } from '@nestjs/common';
import { ApiHeader, ApiOperation, ApiResponse, ApiTags } from '@nestjs/swagger';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { mintJobId } from '#common/contracts/ids.js';
import { type GenerateAnswer, generateAnswer } from '#common/contracts/job-view.js';
import { answerOf } from '#common/jobs/answer-of.js';
import { Caller, Needs } from '../identity/caller.guard.js';
import type { Identity } from '../identity/identity.js';
import { ApiConfig } from '../api.config.js';
import { hangUpSignal } from '../http/hang-up.js';
import { EventStreams } from '../streaming/event-streams.js';
import { SubmitAndStream } from '../streaming/submit-and-stream.js';
import { WebhookTargets } from '../webhooks/webhook-targets.js';
import { accepted } from './answers.js';
import {
  type AcceptedAnswer,
  acceptedAnswer,
  type GenerateRequest,
  generateRequest,
} from './generate.schema.js';
import { GenerationMetrics } from './generation-metrics.js';
import { idempotencyOf } from './idempotency.js';
import { type Plan, planAnswer } from './preference.policy.js';
import { SubmitAndWait, type WaitingSubmission } from './submit-and-wait.js';
import { taskOf } from './task.js';

@ApiTags('generation')
@Controller('generate')
export class GenerateController {
  constructor(
    private readonly config: ApiConfig,
    private readonly submitAndWait: SubmitAndWait,
    private readonly submitAndStream: SubmitAndStream,
    private readonly eventStreams: EventStreams,
    private readonly metrics: GenerationMetrics,
    private readonly targets: WebhookTargets,
  ) {}

  @Post()
  @Needs('generate')
  @ApiOperation({ summary: 'One generation: waits for the answer, or accepts it and answers 202.' })
  @HttpCode(200)
  @ApiHeader({ name: 'prefer', required: false, description: 'RFC 7240: respond-async, wait=N (seconds).' })
  @ApiHeader({
    name: 'idempotency-key',
    required: false,
    description: 'Sent again with the same body within 24 h: the same job and the same answer.',
  })
  @ApiResponse({
    status: 200,
    description: 'The generation; with stream, server-sent events: status, token, then result or error.',
    standardSchema: generateAnswer,
  })
  @ApiResponse({
    status: 202,
    description: 'The job goes on; come back for it.',
    standardSchema: acceptedAnswer,
  })
  async generate(
    @Body({ schema: generateRequest }) body: GenerateRequest,
    @Caller() caller: Identity,
    @Headers('prefer') prefer: string | undefined,
    @Headers('idempotency-key') idempotencyKey: string | undefined,
    @Req() request: FastifyRequest,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<GenerateAnswer | AcceptedAnswer | Readable> {
    const plan = planAnswer(body, prefer, this.config);
    if (plan.applied.length > 0) reply.header('preference-applied', plan.applied.join(', '));
    const idempotency = idempotencyOf(idempotencyKey, {
      tenant: caller.tenant,
      route: 'POST /generate',
      body,
    });
    const webhook = await this.targets.of(caller, body);
    const { priority, metadata } = body;
    const asked = { id: mintJobId(), caller, requestId: request.id, task: taskOf(body), priority, metadata };
    const submission = { ...asked, idempotency, webhook };
    if (plan.mode === 'stream') return this.stream(submission, plan, reply);
    return this.metrics.observed(() => this.wait(submission, plan, reply));
  }

  private async wait(
    submission: WaitingSubmission,
    plan: Plan,
    reply: FastifyReply,
  ): Promise<GenerateAnswer | AcceptedAnswer> {
    const submitted = await this.submitAndWait.execute(submission, plan, hangUpSignal(reply));
    const { jobId, requestId, headers } = submitted;
    const { model } = submission.task;
    reply.headers({ ...headers, 'x-sluice-job-id': jobId });
    if (submitted.kind === 'settled') return answerOf(submitted.settled, { requestId, model });
    const answer = accepted(jobId, requestId, submitted.place);
    reply.status(202).headers({ location: answer.status_url, 'retry-after': '1' });
    return answer;
  }

  private async stream(submission: WaitingSubmission, plan: Plan, reply: FastifyReply): Promise<Readable> {
    const began = performance.now();
    const { deadlineMs } = plan;
    const streamed = await this.metrics.refusals(
      this.submitAndStream.execute({ ...submission, deadlineMs }, hangUpSignal(reply)),
    );
    const { requestId, headers } = streamed;
    const { model } = submission.task;
    reply.headers(headers);
    return this.eventStreams.send(reply, {
      ...streamed,
      answerOf: (settled) =>
        this.metrics.observed(async () => answerOf(settled, { requestId, model }), began),
      onLeft: () => {
        this.metrics.left();
      },
    });
  }
}
