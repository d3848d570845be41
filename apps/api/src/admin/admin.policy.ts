/** What a request shows of itself, as far as opening an admin page goes. */
export interface AdminAttempt {
  readonly authorization: string | undefined;
  /** The socket's own peer address, never a forwarded one. */
  readonly peer: string | undefined;
  /** The `Host` header without its port. */
  readonly hostname: string;
  readonly isForwarded: boolean;
}

const LOOPBACK_PEER = /^(?:127\.\d+\.\d+\.\d+|::1|::ffff:127\.\d+\.\d+\.\d+)$/;
const LOOPBACK_NAMES = ['localhost', '127.0.0.1', '[::1]'];

/**
 * Whether a request may see the admin pages: with a token, whoever sends it (bearer, or the password of HTTP Basic);
 * without one, only this machine itself — not through a proxy, and not under a foreign name that DNS points here.
 * `isToken` compares in constant time.
 */
export function isAdmin(attempt: AdminAttempt, isToken: ((text: string) => boolean) | null): boolean {
  if (isToken !== null) {
    const offered = offeredToken(attempt.authorization);
    return offered !== null && isToken(offered);
  }
  const isLocal = attempt.peer !== undefined && LOOPBACK_PEER.test(attempt.peer);
  return isLocal && !attempt.isForwarded && LOOPBACK_NAMES.includes(attempt.hostname);
}

function offeredToken(authorization: string | undefined): string | null {
  const [scheme, credentials] = (authorization ?? '').split(/ +/, 2);
  if (credentials === undefined) return null;
  switch (scheme?.toLowerCase()) {
    case 'bearer':
      return credentials;
    case 'basic':
      return atob64(credentials).replace(/^[^:]*:/, '');
    default:
      return null;
  }
}

const atob64 = (text: string): string => Buffer.from(text, 'base64').toString('utf8');
