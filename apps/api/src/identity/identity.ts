import { digest } from '#common/contracts/digest.js';
import { Refusal } from '#common/errors/refusal.js';
import { ANONYMOUS_TIER } from '#common/contracts/tier.js';
import type { KeyRecord } from './api-keys.ledger.js';
import { SCOPES, type Scope } from './api-keys.schema.js';

/** How a caller is known. */
export const CALLER_KINDS = ['key', 'user', 'ip'] as const;

/** Who is calling. `clientId` is the seed's identifier (`key:…`, `user:…`, `ip:…`); `tenant` names it in Redis keys. */
export interface Identity {
  readonly kind: (typeof CALLER_KINDS)[number];
  readonly clientId: string;
  readonly tenant: string;
  readonly tier: string;
  readonly scopes: readonly Scope[];
  /** Model patterns; empty: every model. */
  readonly models: readonly string[];
  readonly keyBudget: { readonly keyId: string; readonly usdPerDay: number } | null;
}

/** What a request shows of its caller. */
export interface Credentials {
  /** From `X-API-Key`, else a bearer token. */
  readonly key: string | undefined;
  readonly userId: string | undefined;
  readonly address: string;
}

const VISIBLE_ASCII = /^[\x21-\x7e]{1,200}$/;
const OPEN_KEY_DIGITS = 16;

/**
 * A caller without one of our keys, who is believed (AUTH_MODE=open): key > X-User-ID > IP address. The key only tells
 * callers apart, and never leaves this function: its identifier is a prefix of its SHA-256.
 * @throws Refusal invalid_value for a header that is no identifier.
 */
export function identify(credentials: Credentials): Identity {
  const { key, userId } = credentials;
  if (key !== undefined) return anonymous('key', digest(visible(key, 'X-API-Key'), OPEN_KEY_DIGITS));
  if (userId !== undefined) return anonymous('user', visible(userId, 'X-User-ID'));
  return anonymous('ip', credentials.address);
}

/**
 * The caller that a key stands for. `X-User-ID` tells its callers apart in rows and logs; limits, shares and jobs are the
 * tenant's.
 * @throws Refusal invalid_value for a user id that is none.
 */
export function identityOfKey(record: KeyRecord, userId: string | undefined): Identity {
  const { id, tier, scopes, models, tenant, budgetUsdPerDay } = record;
  const user = userId === undefined ? '' : `/${visible(userId, 'X-User-ID')}`;
  return {
    kind: 'key',
    clientId: `key:${id}${user}`,
    tenant: tenantOfKey({ id, tenant }),
    tier,
    scopes,
    models,
    keyBudget: budgetUsdPerDay === null ? null : { keyId: id, usdPerDay: budgetUsdPerDay },
  };
}

/** Keys of one tenant are one tenant; a key without one is a tenant of its own. */
export const tenantOfKey = ({ id, tenant }: Pick<KeyRecord, 'id' | 'tenant'>): string =>
  digest(tenant === null ? `key:${id}` : `tenant:${tenant}`);

function visible(text: string, header: string): string {
  if (VISIBLE_ASCII.test(text)) return text;
  throw new Refusal('invalid_value', {
    param: header,
    message: `${header} must be 1 to 200 visible ASCII characters.`,
  });
}

function anonymous(kind: Identity['kind'], name: string): Identity {
  const clientId = `${kind}:${name}`;
  return {
    kind,
    clientId,
    tenant: digest(clientId),
    tier: ANONYMOUS_TIER,
    scopes: SCOPES,
    models: [],
    keyBudget: null,
  };
}
