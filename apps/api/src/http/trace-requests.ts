import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { OpenSpan } from '#common/observability/live-span.js';
import { isTracing, openSpan } from '#common/observability/tracing.js';

/** Probes and scrapes come every few seconds, and nobody looks for them. */
const isUntraced = (url: string): boolean => url.startsWith('/health') || url === '/metrics';

/**
 * One server span for each request: its method, route and status, and the job it was about. Nothing else that a caller has
 * written is in it, neither path nor query. Adds nothing at all while nothing is traced.
 */
export function traceRequests(fastify: FastifyInstance): void {
  if (!isTracing()) return;
  const spans = new WeakMap<FastifyRequest, OpenSpan>();
  fastify.addHook('onRequest', (request, reply, done) => {
    if (isUntraced(request.url)) {
      done();
      return;
    }
    const span = begin(request);
    spans.set(request, span);
    // A caller that hangs up is answered no more: then nothing else fires.
    reply.raw.once('close', () => {
      end(span, reply);
    });
    span.run(done);
  });
  // What a body’s last byte wakes up runs outside of what the first hook began; so does what the answer’s last byte does.
  for (const name of ['preValidation', 'onResponse'] as const) {
    fastify.addHook(name, (request: FastifyRequest, _: FastifyReply, done: () => void) => {
      const span = spans.get(request);
      if (span === undefined) done();
      else span.run(done);
    });
  }
}

function begin({ method, routeOptions: { url: route }, headers, protocol }: FastifyRequest): OpenSpan {
  const { traceparent } = headers;
  return openSpan({
    name: route === undefined ? method : `${method} ${route}`,
    kind: 'server',
    attributes: { 'http.request.method': method, 'http.route': route, 'url.scheme': protocol },
    parent: typeof traceparent === 'string' ? traceparent : null,
  });
}

function end(span: OpenSpan, reply: FastifyReply): void {
  const { raw } = reply;
  const jobId = reply.getHeader('x-sluice-job-id');
  if (raw.headersSent) span.set({ 'http.response.status_code': reply.statusCode });
  if (typeof jobId === 'string') span.set({ 'sluice.job.id': jobId });
  if (!raw.writableFinished) span.set({ 'sluice.hung_up': true });
  if (reply.statusCode >= 500) span.failed(String(reply.statusCode));
  span.end();
}
