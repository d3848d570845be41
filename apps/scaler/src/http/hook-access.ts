import { createHash, timingSafeEqual } from 'node:crypto';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import { Refusal } from '#common/errors/refusal.js';
import { FORWARDED_HEADERS, isOwnMachine } from '#common/network/own-machine.policy.js';

const digest = (text: string): Buffer => createHash('sha256').update(text).digest();

/** Stands before every route under /hooks, before a body is read. To be called before routes are registered. */
export function guardHooks(fastify: FastifyInstance, token: string | null): void {
  const expected = token === null ? null : digest(token);
  fastify.addHook('onRequest', (request, _, done) => {
    // By the route that answers, which the router has found: no spelling of a path gets by.
    const isHook = request.routeOptions.url?.startsWith('/hooks/') === true;
    const isRefused = isHook && !isAdmitted(request, expected);
    done(isRefused ? new Refusal('hook_token_required') : undefined);
  });
}

function isAdmitted(request: FastifyRequest, expected: Buffer | null): boolean {
  const { headers } = request;
  if (expected !== null) {
    const token = /^bearer +(\S+)$/i.exec(headers.authorization ?? '')?.[1];
    return token !== undefined && timingSafeEqual(digest(token), expected);
  }
  // A browser on this machine asks for whatever page it shows; Alertmanager names no origin.
  const isFromPage = headers.origin !== undefined || headers['sec-fetch-site'] !== undefined;
  const machine = {
    peer: request.raw.socket.remoteAddress,
    hostname: request.hostname.replace(/:\d+$/, ''),
    isForwarded: FORWARDED_HEADERS.some((name) => headers[name] !== undefined),
  };
  return !isFromPage && isOwnMachine(machine);
}
