import { type CallingMachine, isOwnMachine } from '#common/network/own-machine.policy.js';

/** How an administrator showed who it is. */
export type AdminActor = 'token' | 'session' | 'loopback';

/** What a request shows of itself, as far as administration goes. */
export interface AdminAttempt extends CallingMachine {
  readonly authorization: string | undefined;
  /** The values of all session cookies that came with it. */
  readonly sessions: readonly string[];
  /** Whether a page of another origin would gain by it: it changes something, or any page may read the answer. */
  readonly isTempting: boolean;
  readonly page: PageOrigin;
}

/** Where a browser says that a request comes from. Other clients say nothing. */
export interface PageOrigin {
  /** `Sec-Fetch-Site`. */
  readonly fetchSite: string | undefined;
  readonly origin: string | undefined;
  /** Scheme, host and port under which this request reached us. */
  readonly own: string;
}

/** Both compare in constant time. */
export interface AdminProofs {
  isToken(text: string): boolean;
  isSession(value: string): boolean;
}

export type AdminJudgement =
  | { readonly kind: 'admitted'; readonly actor: AdminActor }
  | { readonly kind: 'refused'; readonly because: 'origin_refused' }
  /** `isGuess`: a token came with it, and it is not the right one. */
  | { readonly kind: 'refused'; readonly because: 'admin_required'; readonly isGuess: boolean };

const OWN_SITES = ['same-origin', 'none'];

/**
 * Whether a request comes from an administrator. With ADMIN_TOKEN set (`proofs`): whoever sends it as a bearer token, or
 * has a session. Without one: this machine itself — not through a proxy, and not under a foreign name that DNS points here.
 * Browsers add sessions and addresses by themselves, whatever page asks; so with these the page has to be one of ours,
 * wherever it matters.
 */
export function judgeAdmin(attempt: AdminAttempt, proofs: AdminProofs | null): AdminJudgement {
  const actor = proofs === null ? (isOwnMachine(attempt) ? 'loopback' : null) : byProof(attempt, proofs);
  if (actor === null) {
    const isGuess = proofs !== null && bearerOf(attempt.authorization) !== null;
    return { kind: 'refused', because: 'admin_required', isGuess };
  }
  if (actor !== 'token' && attempt.isTempting && !isOwnPage(attempt.page)) {
    return { kind: 'refused', because: 'origin_refused' };
  }
  return { kind: 'admitted', actor };
}

/** Whether a request comes from a page of this origin, or from no page at all. */
export function isOwnPage({ fetchSite, origin, own }: PageOrigin): boolean {
  if (fetchSite !== undefined && !OWN_SITES.includes(fetchSite)) return false;
  if (origin === undefined) return true;
  const ours = normalized(own);
  return ours !== null && normalized(origin) === ours;
}

/** Whoever sends a token is judged by it alone. */
function byProof({ authorization, sessions }: AdminAttempt, proofs: AdminProofs): AdminActor | null {
  const token = bearerOf(authorization);
  if (token !== null) return proofs.isToken(token) ? 'token' : null;
  return sessions.some((value) => proofs.isSession(value)) ? 'session' : null;
}

function bearerOf(authorization: string | undefined): string | null {
  return /^bearer +(\S+)$/i.exec(authorization ?? '')?.[1] ?? null;
}

/** An origin without the port that its scheme implies; null for what is none, such as the word `null`. */
function normalized(origin: string): string | null {
  return /^https?:\/\//i.test(origin) && URL.canParse(origin) ? new URL(origin).origin : null;
}
