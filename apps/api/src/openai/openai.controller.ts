import type { Readable } from 'node:stream';
import { Body, Controller, Req, Res } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { ApiConfig } from '../api.config.js';
import { GenerationMetrics } from '../generate/generation-metrics.js';
import { idempotencyOf } from '../generate/idempotency.js';
import { hangUpSignal } from '../http/hang-up.js';
import { callerOf } from '../identity/caller.guard.js';
import { WebhookTargets } from '../webhooks/webhook-targets.js';
import { AnswerCall, type WireCall } from './answer-call.js';
import { StreamCall } from './stream-call.js';
import { askedWebhookOf, callTermsOf, WEBHOOK_HEADERS } from './call-terms.js';
import { answerHeaders, wireAnswerOf } from './wire-answer.js';
import { wireAnswer } from './wire-answer.schema.js';
import {
  type ChatRequest,
  chatRequest,
  type CompletionRequest,
  completionRequest,
  type EmbeddingRequest,
  embeddingRequest,
} from './wire-request.schema.js';
import { WireRoute } from './wire-route.js';
import { PATHS, wantsUsage, type WireRequest, wireTaskOf } from './wire-task.js';

/** OpenAI's routes, so that OpenAI's own clients work unchanged but for their base URL and key. */
@ApiTags('openai')
@Controller()
export class OpenAiController {
  constructor(
    private readonly config: ApiConfig,
    private readonly answerCall: AnswerCall,
    private readonly streamCall: StreamCall,
    private readonly metrics: GenerationMetrics,
    private readonly targets: WebhookTargets,
  ) {}

  @WireRoute(PATHS.chat, 'A chat completion in OpenAI’s wire format.', wireAnswer)
  chat(
    @Body({ schema: chatRequest }) body: ChatRequest,
    @Req() request: FastifyRequest,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<unknown> {
    return this.answer({ endpoint: 'chat', body }, request, reply);
  }

  @WireRoute(PATHS.completions, 'A completion of a text in OpenAI’s wire format.', wireAnswer)
  completions(
    @Body({ schema: completionRequest }) body: CompletionRequest,
    @Req() request: FastifyRequest,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<unknown> {
    return this.answer({ endpoint: 'completions', body }, request, reply);
  }

  @WireRoute(PATHS.embeddings, 'Embeddings of texts in OpenAI’s wire format.', wireAnswer)
  embeddings(
    @Body({ schema: embeddingRequest }) body: EmbeddingRequest,
    @Req() request: FastifyRequest,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<unknown> {
    return this.answer({ endpoint: 'embeddings', body }, request, reply);
  }

  private async answer(wire: WireRequest, request: FastifyRequest, reply: FastifyReply): Promise<unknown> {
    const call = await this.callOf(wire, request);
    if (call.task.is_streamed) return this.stream(wire, call, reply);
    const { body } = await this.metrics.observed(async () => {
      const answered = await this.answerCall.execute(call, hangUpSignal(reply));
      if (answered === null) return { body: null };
      const { settled, headers } = answered;
      reply.headers({ ...headers, ...answerHeaders(settled), ...tookHeader(reply) });
      return { backend_id: settled.outcome?.backend_id ?? '', body: wireAnswerOf(settled, call.task) };
    });
    return body;
  }

  private async stream(wire: WireRequest, call: WireCall, reply: FastifyReply): Promise<Readable> {
    const includesUsage = wantsUsage(wire);
    const streamed = await this.streamCall.execute({ ...call, includesUsage }, hangUpSignal(reply));
    reply.headers({ ...streamed.headers, ...tookHeader(reply) });
    return streamed.body;
  }

  private async callOf(wire: WireRequest, request: FastifyRequest): Promise<WireCall> {
    const caller = callerOf(request);
    const asked = askedWebhookOf(request.headers);
    const webhook = await this.targets.of(caller, asked, WEBHOOK_HEADERS);
    return {
      task: wireTaskOf(wire),
      caller,
      requestId: request.id,
      terms: callTermsOf(request.headers, this.config.jobDeadlineMs),
      idempotency: idempotencyOf(singleOf(request.headers['idempotency-key']), {
        tenant: caller.tenant,
        route: `POST ${PATHS[wire.endpoint]}`,
        body: webhook === undefined ? wire.body : [wire.body, webhook],
      }),
      webhook,
    };
  }
}

const singleOf = (header: string | string[] | undefined): string | undefined =>
  Array.isArray(header) ? header[0] : header;

/** What this service has taken until it answers, in milliseconds; OpenAI's name for it. */
const tookHeader = (reply: FastifyReply) => ({
  'openai-processing-ms': String(Math.round(reply.elapsedTime)),
});
