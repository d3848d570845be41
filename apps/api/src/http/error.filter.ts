import { type ArgumentsHost, Catch, type ExceptionFilter } from '@nestjs/common';
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { Logger } from '#common/observability/logger.js';
import { errorAnswer } from './error-answer.js';

/** Whatever is thrown becomes one answer from the catalogue. A defect is logged with its stack, never shown. */
@Catch()
export class ErrorFilter implements ExceptionFilter {
  constructor(private readonly logger: Logger) {}

  catch(thrown: unknown, host: ArgumentsHost): void {
    const http = host.switchToHttp();
    this.answer(thrown, http.getRequest<FastifyRequest>(), http.getResponse<FastifyReply>());
  }

  answer(thrown: unknown, request: FastifyRequest, reply: FastifyReply): void {
    const { status, code, headers, body } = errorAnswer(thrown, request);
    const lines = { request_id: request.id, code };
    if (code === 'internal_error') this.logger.error({ ...lines, err: thrown }, 'a request met a defect');
    else if (status >= 500) this.logger.warn({ ...lines, cause: causeOf(thrown) }, 'a request was refused');
    if (reply.sent) return;
    void reply.status(status).headers(headers).send(body);
  }
}

function causeOf(thrown: unknown): string | undefined {
  return thrown instanceof Error && thrown.cause instanceof Error ? thrown.cause.message : undefined;
}
