import type { FastifyRequest } from 'fastify';
import { Refusal } from '#common/errors/refusal.js';
import type { Metrics } from '#common/observability/metrics.js';
import { clientAddress } from '../http/client-address.js';
import type { KeyRecord } from './api-keys.ledger.js';
import type { FailedAuthentications } from './failed-authentications.js';
import { type Credentials, identify, type Identity, identityOfKey } from './identity.js';
import { hashKey, isKeyShaped, KEY_PREFIX } from './key-format.js';
import type { KeyDirectory } from './key-directory.js';

const RESULTS = ['memory', 'redis', 'database', 'refused', 'limited', 'unavailable'] as const;

export interface CallersParts {
  readonly mode: 'open' | 'required';
  readonly secret: string;
  readonly directory: KeyDirectory;
  readonly failures: FailedAuthentications;
  readonly metrics: Metrics;
}

/** Tells who is calling. One of our keys is checked in either mode: a revoked one must not go on as anybody. */
export class Callers {
  constructor(private readonly parts: CallersParts) {
    for (const result of RESULTS) this.count(result, 0);
  }

  /**
   * @throws Refusal invalid_api_key (the same for a key that is malformed, unknown, revoked or expired),
   * rate_limit_exceeded after too many of them, dependency_unavailable when a key cannot be looked up.
   */
  async identify(credentials: Credentials): Promise<Identity> {
    const { key, userId } = credentials;
    const isRequired = this.parts.mode === 'required';
    if (key !== undefined && (isRequired || key.startsWith(KEY_PREFIX)))
      return identityOfKey(await this.authenticate(key, credentials), userId);
    if (isRequired) throw new Refusal('invalid_api_key');
    return identify(credentials);
  }

  private async authenticate(key: string, from: Credentials): Promise<KeyRecord> {
    const { directory, failures, secret } = this.parts;
    const refuseBlocked = () => failures.refuseBlocked(from.address);
    try {
      const found = isKeyShaped(key) ? await directory.find(hashKey(key, secret), refuseBlocked) : null;
      if (found !== null) {
        this.count(found.from);
        return found.record;
      }
      refuseBlocked();
      await failures.count(from.address);
    } catch (error) {
      const isLimited = error instanceof Refusal && error.code === 'rate_limit_exceeded';
      this.count(isLimited ? 'limited' : 'unavailable');
      throw error;
    }
    this.count('refused');
    throw new Refusal('invalid_api_key');
  }

  private count(result: (typeof RESULTS)[number], by = 1): void {
    this.parts.metrics.counter('sluice_authentications_total').inc({ result }, by);
  }
}

export function credentialsOf(request: FastifyRequest): Credentials {
  const { authorization, 'x-api-key': apiKey, 'x-user-id': userId } = request.headers;
  return {
    key: single(apiKey) ?? bearer(authorization),
    userId: single(userId),
    /** Only when somebody asks: most callers are known by something else. */
    get address() {
      return clientAddress(request);
    },
  };
}

const single = (value: string | string[] | undefined): string | undefined =>
  Array.isArray(value) ? value[0] : value;

function bearer(authorization: string | undefined): string | undefined {
  return authorization === undefined ? undefined : /^Bearer +(.+)$/i.exec(authorization)?.[1];
}
