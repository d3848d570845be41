import type { FastifyInstance } from 'fastify';
import { Refusal } from '#common/errors/refusal.js';
import { SESSION_PATH } from './admin-routes.js';

const FORM = 'application/x-www-form-urlencoded';

/** Takes what an HTML form sends, on the one route that a form sends to. Everywhere else it stays 415. */
export function acceptSignInForm(fastify: FastifyInstance): void {
  fastify.addContentTypeParser(FORM, { parseAs: 'string' }, (request, body, done) => {
    if (request.routeOptions.url !== SESSION_PATH) done(new Refusal('unsupported_media_type'));
    else done(null, Object.fromEntries(new URLSearchParams(body.toString())));
  });
}

export const isForm = (contentType: string | undefined): boolean =>
  contentType?.toLowerCase().startsWith(FORM) === true;
