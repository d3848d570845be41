import { createHmac, hkdfSync, timingSafeEqual } from 'node:crypto';

const NAME = 'sluice_admin';
const SECONDS = 12 * 3_600;
const FORM = /^(\d{1,15})\.([\w-]{43})$/;

/**
 * What a signed-in browser shows instead of ADMIN_TOKEN: when it ends, and an HMAC-SHA-256 of that under a key derived
 * from the token. Nothing is stored, so every API process knows every session, and only another token ends them early.
 */
export class AdminSession {
  private readonly key: Buffer;

  constructor(adminToken: string) {
    this.key = Buffer.from(hkdfSync('sha256', adminToken, '', 'sluice admin session', 32));
  }

  /** A value that is valid for 12 h. */
  issue(nowMs: number): string {
    const expiry = String(nowMs + SECONDS * 1_000);
    return `${expiry}.${this.signed(expiry).toString('base64url')}`;
  }

  isValid(value: string, nowMs: number): boolean {
    const [, expiry, signature] = FORM.exec(value) ?? [];
    if (expiry === undefined || signature === undefined) return false;
    const isOurs = timingSafeEqual(Buffer.from(signature, 'base64url'), this.signed(expiry));
    return isOurs && nowMs < Number(expiry);
  }

  private signed(expiry: string): Buffer {
    return createHmac('sha256', this.key).update(expiry).digest();
  }
}

/** Where a browser sends its session to: to what administrators alone may see, and to nothing else. */
const PATHS = ['/admin', '/dashboard'];

/** The `Set-Cookie` headers of a session; without a value, those that take it back. */
export function sessionCookies(value: string | null, isSecure: boolean): string[] {
  const age = value === null ? 0 : SECONDS;
  const secure = isSecure ? '; Secure' : '';
  return PATHS.map(
    (path) => `${NAME}=${value ?? ''}; Path=${path}; Max-Age=${age}; HttpOnly; SameSite=Strict${secure}`,
  );
}

/** The values of all session cookies of a `Cookie` header. */
export function sessionsIn(header: string | undefined): string[] {
  return (header ?? '').split(';').flatMap((pair) => {
    const [name, value] = pair.trim().split('=', 2);
    return name === NAME && value !== undefined ? [value] : [];
  });
}
