import type { FastifyInstance, FastifyRequest } from 'fastify';
import { Refusal } from '#common/errors/refusal.js';
import type { Logger } from '#common/observability/logger.js';
import type { Shutdown } from '#common/lifecycle/shutdown.js';
import { isAdminPath } from '../admin/admin-routes.js';
import type { ErrorFilter } from './error.filter.js';

const isAdminRoute = (routeUrl: string | undefined): boolean =>
  routeUrl === undefined || routeUrl.startsWith('/admin') || isAdminPath(routeUrl);

const NUL_IN_URL = { param: 'url', message: 'The URL holds a NUL character.' };

/** What every answer carries, and one log line for each request. */
export function addHooks(fastify: FastifyInstance, logger: Logger, shutdown: Shutdown): void {
  fastify.addHook('onRequest', (request, _, done) => {
    const isHealth = request.url.startsWith('/health') || request.url === '/metrics';
    done(shutdown.isStopping && !isHealth ? new Refusal('stopping') : undefined);
  });
  fastify.addHook('onRequest', (request, _, done) => {
    done(refusalOfHead(request));
  });
  fastify.addHook('onSend', (request, reply, _, done) => {
    reply.header('x-request-id', request.id);
    // The original system allows any origin. Admin pages never do: they may answer without a token on this machine.
    if (!isAdminRoute(request.routeOptions.url))
      reply.headers({ 'access-control-allow-origin': '*', 'access-control-expose-headers': '*' });
    // Without it a closing server waits for idle keep-alive connections until they time out.
    if (shutdown.isStopping) reply.header('connection', 'close');
    done();
  });
  fastify.addHook('onResponse', (request, reply, done) => {
    logger.info(
      {
        request_id: request.id,
        job_id: reply.getHeader('x-sluice-job-id'),
        method: request.method,
        route: request.routeOptions.url,
        status: reply.statusCode,
        ms: Math.round(reply.elapsedTime),
      },
      'answered',
    );
    done();
  });
}

/** Of what no route should see, whichever it is. */
function refusalOfHead({ url, headers, raw }: FastifyRequest): Refusal | undefined {
  // RFC 9112, 3.2.
  if (headers.host === undefined && raw.httpVersion === '1.1') return new Refusal('malformed_request');
  // PostgreSQL has no texts with it. Node refuses the byte itself.
  return url.includes('%00') ? new Refusal('invalid_value', NUL_IN_URL) : undefined;
}

/** Answers a browser's preflight for every route but the admin ones. */
export function answerPreflights(fastify: FastifyInstance, errors: ErrorFilter): void {
  // Nest's filters see what its own routes throw, and no other's.
  const errorHandler = errors.answer.bind(errors);
  // The router has decoded the path, so that no spelling of it gets by.
  fastify.options<{ Params: { '*': string } }>('/*', { errorHandler }, async (request, reply) => {
    if (isAdminRoute(`/${request.params['*']}`)) throw new Refusal('route_not_found');
    return reply
      .status(204)
      .headers({
        'access-control-allow-origin': '*',
        'access-control-allow-methods': 'GET, POST, DELETE',
        // OpenAI's client sends a dozen of its own, and new ones with each release: whatever is asked for may be sent.
        'access-control-allow-headers': request.headers['access-control-request-headers'] ?? '*',
        'access-control-max-age': '600',
      })
      .send();
  });
}
