import { createHash, timingSafeEqual } from 'node:crypto';
import type { FastifyRequest } from 'fastify';
import { Refusal } from '#common/errors/refusal.js';
import { FORWARDED_HEADERS } from '#common/network/own-machine.policy.js';
import { clientAddress } from '../http/client-address.js';
import type { FailedAuthentications } from '../identity/failed-authentications.js';
import {
  type AdminActor,
  type AdminAttempt,
  type AdminProofs,
  isOwnPage,
  judgeAdmin,
} from './admin.policy.js';
import { isAdminRoute, isWrite } from './admin-routes.js';
import { AdminSession, sessionCookies, sessionsIn } from './admin-session.js';

const digest = (text: string): Buffer => createHash('sha256').update(text).digest();

interface Door {
  readonly proofs: AdminProofs;
  readonly session: AdminSession;
}

/** Who is an administrator. */
export class AdminAccess {
  /** Null without ADMIN_TOKEN. */
  private readonly door: Door | null;

  constructor(
    adminToken: string | null,
    private readonly failures: FailedAuthentications,
  ) {
    this.door = adminToken === null ? null : doorOf(adminToken);
  }

  /** Whether there is a token to sign in with. */
  get isSignInPossible(): boolean {
    return this.door !== null;
  }

  /**
   * How a request shows that it comes from an administrator; null when it does not. On routes outside /admin any page may read
   * the answer, so that there a session or an address counts for nothing on a request from a foreign page.
   */
  actorOf(request: FastifyRequest): AdminActor | null {
    const judgement = judgeAdmin(attemptOf(request), this.door?.proofs ?? null);
    return judgement.kind === 'admitted' ? judgement.actor : null;
  }

  /** @throws Refusal admin_required or origin_refused; for a token also what `tryToken` throws. */
  async admit(request: FastifyRequest): Promise<AdminActor> {
    const judgement = judgeAdmin(attemptOf(request), this.door?.proofs ?? null);
    const isByToken = judgement.kind === 'admitted' && judgement.actor === 'token';
    const isGuess =
      judgement.kind === 'refused' && judgement.because === 'admin_required' && judgement.isGuess;
    if (isByToken || isGuess) await this.countGuess(request, isByToken);
    if (judgement.kind === 'refused') throw new Refusal(judgement.because);
    return judgement.actor;
  }

  /** @throws Refusal origin_refused for a page of another origin. */
  refuseForeignPage(request: FastifyRequest): void {
    if (!isOwnPage(attemptOf(request).page)) throw new Refusal('origin_refused');
  }

  /** Answers the `Set-Cookie` headers of a new session. @throws Refusal as `admit`. */
  async signIn(request: FastifyRequest, token: string): Promise<string[]> {
    if (this.door === null) throw new Refusal('admin_required', { message: NO_TOKEN });
    const isRight = this.door.proofs.isToken(token);
    await this.countGuess(request, isRight);
    if (!isRight) throw new Refusal('admin_required', { message: 'The token is not right.' });
    return sessionCookies(this.door.session.issue(Date.now()), request.protocol === 'https');
  }

  /** Answers the `Set-Cookie` headers that take a session back. */
  signOut(request: FastifyRequest): string[] {
    return sessionCookies(null, request.protocol === 'https');
  }

  /**
   * Whoever has guessed too often is refused before it learns whether this guess was right: ADMIN_TOKEN may be a word that
   * somebody made up. The count is apart from that of API keys, so that wrong keys keep no administrator out.
   * @throws Refusal rate_limit_exceeded, dependency_unavailable when a wrong one cannot be counted.
   */
  private async countGuess(request: FastifyRequest, isRight: boolean): Promise<void> {
    const whose = `admin ${clientAddress(request)}`;
    this.failures.refuseBlocked(whose);
    if (!isRight) await this.failures.count(whose);
  }
}

const NO_TOKEN =
  'There is nothing to sign in with: ADMIN_TOKEN is not set, and admin pages answer on this machine only.';

function doorOf(adminToken: string): Door {
  const expected = digest(adminToken);
  const session = new AdminSession(adminToken);
  const proofs = {
    isToken: (text: string) => timingSafeEqual(digest(text), expected),
    isSession: (value: string) => session.isValid(value, Date.now()),
  };
  return { proofs, session };
}

function attemptOf(request: FastifyRequest): AdminAttempt {
  const { headers } = request;
  return {
    authorization: headers.authorization,
    sessions: sessionsIn(headers.cookie),
    peer: request.raw.socket.remoteAddress,
    hostname: request.hostname.replace(/:\d+$/, ''),
    isForwarded: FORWARDED_HEADERS.some((name) => headers[name] !== undefined),
    isTempting: isWrite(request) || !isAdminRoute(request),
    page: {
      fetchSite: headers['sec-fetch-site']?.toString(),
      origin: headers.origin,
      own: `${request.protocol}://${request.host}`,
    },
  };
}
