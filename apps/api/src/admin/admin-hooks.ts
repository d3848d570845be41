import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { Refusal } from '#common/errors/refusal.js';
import type { ErrorFilter } from '../http/error.filter.js';
import type { AdminAccess } from './admin-access.js';
import type { AdminAudit } from './admin-audit.js';
import { isAdminPath, isSignInRoute, isWrite, LOGIN_PATH, SESSION_PATH } from './admin-routes.js';
import { adminPathOf } from './next-path.policy.js';

export interface AdminParts {
  readonly access: AdminAccess;
  readonly audit: AdminAudit;
  /** Answers by itself: the board has an error handler of its own, which must not see a refusal. */
  readonly errors: ErrorFilter;
}

/**
 * Stands before every route under /admin, the board's page, files and JSON API included: lets administrators in, and
 * records what they write before it happens. To be called before any route is registered.
 */
export function addAdminHooks(fastify: FastifyInstance, { access, audit, errors }: AdminParts): void {
  const admit = async (request: FastifyRequest, reply: FastifyReply): Promise<unknown> => {
    try {
      if (!isSignInRoute(request)) await access.admit(request);
      else if (isWrite(request)) access.refuseForeignPage(request);
    } catch (refusal) {
      if (access.isSignInPossible && isPageWanted(request) && isAdminRequired(refusal)) {
        return toLogin(request, reply);
      }
      errors.answer(refusal, request, reply);
      return reply;
    }
    return;
  };
  // The body has been read by now.
  const record = async (request: FastifyRequest, reply: FastifyReply): Promise<unknown> => {
    if (!isRecorded(request)) return;
    try {
      // Reading the body took time, in which a session may have ended.
      const actor = access.actorOf(request);
      if (actor === null) throw new Refusal('admin_required');
      await audit.begin(request, actor);
    } catch (refusal) {
      errors.answer(refusal, request, reply);
      return reply;
    }
    return;
  };
  const end = async (request: FastifyRequest, reply: FastifyReply): Promise<void> => {
    if (isRecorded(request)) await audit.end(request, reply.statusCode);
  };
  // By the route that answers, which the router has found: no spelling of a path gets by, and no other route pays for it.
  fastify.addHook('onRoute', (route) => {
    if (!isAdminPath(route.url)) return;
    route.onRequest = [admit, ...hooksOf(route.onRequest)];
    route.preHandler = [record, ...hooksOf(route.preHandler)];
    route.onResponse = [end, ...hooksOf(route.onResponse)];
  });
}

const hooksOf = <Hook>(hooks: Hook | Hook[] | undefined): Hook[] =>
  hooks === undefined ? [] : Array.isArray(hooks) ? hooks : [hooks];

/** Signing in and out changes nothing in the system, and has to work without PostgreSQL. */
const isRecorded = (request: FastifyRequest): boolean =>
  isWrite(request) && request.routeOptions.url !== SESSION_PATH;

const isAdminRequired = (thrown: unknown): boolean =>
  thrown instanceof Refusal && thrown.code === 'admin_required';

const isPageWanted = ({ method, headers }: FastifyRequest): boolean =>
  method === 'GET' && headers.authorization === undefined && headers.accept?.includes('text/html') === true;

function toLogin(request: FastifyRequest, reply: FastifyReply): FastifyReply {
  const next = encodeURIComponent(adminPathOf(request.url));
  return reply.header('cache-control', 'no-store').redirect(`${LOGIN_PATH}?next=${next}`, 303);
}
