import { Body, Controller, Req, Res } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { ApiConfig } from '../api.config.js';
import { GenerationMetrics } from '../generate/generation-metrics.js';
import { idempotencyOf } from '../generate/idempotency.js';
import { hangUpSignal } from '../http/hang-up.js';
import { callerOf } from '../identity/caller.guard.js';
import { AnswerCall, type WireCall } from './answer-call.js';
import { callTermsOf } from './call-terms.js';
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
import { PATHS, type WireRequest, wireTaskOf } from './wire-task.js';

/** OpenAI's routes, so that OpenAI's own clients work unchanged but for their base URL and key. */
@ApiTags('openai')
@Controller()
export class OpenAiController {
  constructor(
    private readonly config: ApiConfig,
    private readonly answerCall: AnswerCall,
    private readonly metrics: GenerationMetrics,
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
    const call = this.callOf(wire, request);
    const answered = await this.metrics.observed(backendOf, async () => {
      const { settled, headers } = await this.answerCall.execute(call, hangUpSignal(reply));
      reply.headers({ ...headers, ...answerHeaders(settled) });
      reply.header('openai-processing-ms', Math.round(reply.elapsedTime));
      return { body: wireAnswerOf(settled, call.task), backend: settled.outcome?.backend_id ?? null };
    });
    return answered.body;
  }

  private callOf(wire: WireRequest, request: FastifyRequest): WireCall {
    const caller = callerOf(request);
    return {
      task: wireTaskOf(wire),
      caller,
      requestId: request.id,
      terms: callTermsOf(request.headers, this.config.jobDeadlineMs),
      idempotency: idempotencyOf(singleOf(request.headers['idempotency-key']), {
        tenant: caller.tenant,
        route: `POST ${PATHS[wire.endpoint]}`,
        body: wire.body,
      }),
    };
  }
}

const singleOf = (header: string | string[] | undefined): string | undefined =>
  Array.isArray(header) ? header[0] : header;

const backendOf = ({ backend }: { readonly backend: string | null }): string | null => backend;
