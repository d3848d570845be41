import { createHash, timingSafeEqual } from 'node:crypto';
import type { FastifyRequest } from 'fastify';
import { Refusal } from '#common/errors/refusal.js';
import { isAdmin } from './admin.policy.js';

const FORWARDED = ['forwarded', 'x-forwarded-for', 'x-forwarded-host', 'x-real-ip'];
const digest = (text: string): Buffer => createHash('sha256').update(text).digest();

/** Made once at boot; throws Refusal admin_required for whoever may not pass. */
export function adminGate(adminToken: string | null): (request: FastifyRequest) => void {
  const expected = adminToken === null ? null : digest(adminToken);
  const isToken = expected === null ? null : (text: string) => timingSafeEqual(digest(text), expected);
  return (request) => {
    const attempt = {
      authorization: request.headers.authorization,
      peer: request.raw.socket.remoteAddress,
      hostname: request.hostname.replace(/:\d+$/, ''),
      isForwarded: FORWARDED.some((name) => request.headers[name] !== undefined),
    };
    if (!isAdmin(attempt, isToken)) throw new Refusal('admin_required');
  };
}
