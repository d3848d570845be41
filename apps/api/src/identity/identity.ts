import { createHash } from 'node:crypto';
import { Refusal } from '#common/errors/refusal.js';

/** Who is calling. `clientId` is the seed's identifier (`key:…`, `user:…`, `ip:…`); `tenant` names it in Redis keys. */
export interface Identity {
  readonly kind: 'key' | 'user' | 'ip';
  readonly clientId: string;
  readonly tenant: string;
  readonly tier: string;
  readonly models: readonly string[];
  readonly keyBudget: { readonly keyId: string; readonly usdPerDay: number } | null;
}

export interface Credentials {
  readonly authorization: string | undefined;
  readonly apiKey: string | undefined;
  readonly userId: string | undefined;
  readonly address: string;
}

const VISIBLE_ASCII = /^[\x21-\x7e]{1,200}$/;

/**
 * API key > X-User-ID > IP address. A key itself never leaves this function: its identifier is a prefix of its SHA-256.
 * @throws Refusal invalid_value for a header that is no identifier.
 */
export function identify({ authorization, apiKey, userId, address }: Credentials): Identity {
  const key = apiKey ?? bearer(authorization);
  if (key !== undefined) return identity('key', digest(visible(key, 'X-API-Key')).slice(0, 16));
  if (userId !== undefined) return identity('user', visible(userId, 'X-User-ID'));
  return identity('ip', address.replace(/^::ffff:(?=\d+\.)/, ''));
}

function bearer(authorization: string | undefined): string | undefined {
  return authorization === undefined ? undefined : /^Bearer +(.+)$/i.exec(authorization)?.[1];
}

function visible(text: string, header: string): string {
  if (VISIBLE_ASCII.test(text)) return text;
  throw new Refusal('invalid_value', {
    param: header,
    message: `${header} must be 1 to 200 visible ASCII characters.`,
  });
}

const digest = (text: string): string => createHash('sha256').update(text).digest('hex');

function identity(kind: Identity['kind'], name: string): Identity {
  const clientId = `${kind}:${name}`;
  return {
    kind,
    clientId,
    tenant: digest(clientId).slice(0, 24),
    tier: 'anonymous',
    models: [],
    keyBudget: null,
  };
}
