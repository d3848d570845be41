import { type ArgumentsHost, Catch, type ExceptionFilter } from '@nestjs/common';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { CATALOGUE, type ErrorEntry } from '#common/errors/catalogue.js';
import { errorHeaders, problemDetails } from '#common/errors/problem-details.js';
import { Refusal } from '#common/errors/refusal.js';
import { refusalOf } from '#common/errors/refusal-of.js';
import type { Logger } from '#common/observability/logger.js';

/** Bytes of a body. An alert is some hundred of them. */
export const BODY_BYTES_MAX = 256 * 1_024;

const TOO_LARGE = 'The body is larger than 256 KiB. Send fewer alerts at once.';

/** Whatever is thrown becomes one answer from the catalogue. A defect is logged with its stack, never shown. */
@Catch()
export class ScalerErrorFilter implements ExceptionFilter {
  constructor(private readonly logger: Logger) {}

  catch(thrown: unknown, host: ArgumentsHost): void {
    const http = host.switchToHttp();
    const request = http.getRequest<FastifyRequest>();
    const reply = http.getResponse<FastifyReply>();
    const refusal = answerable(thrown);
    const { status }: ErrorEntry = CATALOGUE[refusal.code];
    const lines = { route: request.routeOptions.url, code: refusal.code };
    if (refusal.code === 'internal_error')
      this.logger.error({ ...lines, err: thrown }, 'a request met a defect');
    else if (status >= 500) this.logger.debug({ ...lines, err: refusal.cause }, 'a request was refused');
    if (reply.sent) return;
    void reply
      .status(status)
      .headers({
        'content-type': 'application/problem+json; charset=utf-8',
        ...errorHeaders(refusal, status),
      })
      .send(problemDetails(refusal, request.id));
  }
}

function answerable(thrown: unknown): Refusal {
  const refusal = refusalOf(thrown) ?? new Refusal('internal_error');
  return refusal.code === 'body_too_large' ? new Refusal('body_too_large', { message: TOO_LARGE }) : refusal;
}
