import { Refusal } from '#common/errors/refusal.js';
import { onDatabase } from '../http/database-trouble.js';
import { type ApiKeysLedger, type ApiKeyRow, recordOf } from './api-keys.ledger.js';
import { type Identity, identityOfKey } from './identity.js';
import type { CreatedKey, KeyView, NewKey, Rotation } from './api-keys.schema.js';
import type { KeyDirectory } from './key-directory.js';
import { hashKey, mintKey, mintKeyId } from './key-format.js';

export interface ManageKeysParts {
  readonly ledger: ApiKeysLedger | null;
  readonly directory: KeyDirectory;
  readonly secret: string;
  readonly tiers: readonly string[];
}

/** What administrators do with keys. Throws Refusal dependency_unavailable when PostgreSQL is away or not configured. */
export class ManageKeys {
  constructor(private readonly parts: ManageKeysParts) {}

  /** @throws Refusal invalid_value for a tier that is not configured. */
  async create(asked: NewKey): Promise<CreatedKey> {
    const { secret, tiers } = this.parts;
    if (!tiers.includes(asked.tier)) {
      throw new Refusal('invalid_value', {
        param: 'tier',
        message: `tier: there is no tier ${JSON.stringify(asked.tier)}. Configured are ${tiers.join(', ')}.`,
      });
    }
    const key = mintKey();
    const row = await this.ask((ledger) =>
      ledger.create({
        id: mintKeyId(),
        hash: hashKey(key, secret),
        name: asked.name,
        tier: asked.tier,
        tenant: asked.tenant ?? null,
        scopes: asked.scopes,
        models: asked.models,
        budgetUsdPerDay: asked.budget_usd_per_day ?? null,
        expiresAt: asked.expires_at === undefined ? null : new Date(asked.expires_at),
      }),
    );
    return { ...viewKey(row), key };
  }

  async list(): Promise<KeyView[]> {
    return (await this.ask((ledger) => ledger.list())).map(viewKey);
  }

  /** Whom a key stands for, also when it is revoked. @throws Refusal key_not_found. */
  async identityOf(id: string): Promise<Identity> {
    const row = await this.ask((ledger) => ledger.byId(id));
    if (row === null) throw new Refusal('key_not_found');
    return identityOfKey(recordOf(row, null), undefined);
  }

  /** In force in every API process within 2 s. @throws Refusal key_not_found. */
  async revoke(id: string): Promise<KeyView> {
    const revoked = await this.ask((ledger) => ledger.revoke(id));
    if (revoked === null) throw new Refusal('key_not_found');
    await this.parts.directory.forget(revoked.hashes);
    return viewKey(revoked.row);
  }

  /** @throws Refusal key_not_found, also for a revoked key. */
  async rotate(id: string, { grace_seconds }: Rotation): Promise<CreatedKey> {
    const key = mintKey();
    const hash = hashKey(key, this.parts.secret);
    const until = new Date(Date.now() + grace_seconds * 1_000);
    const rotated = await this.ask((ledger) => ledger.rotate(id, hash, until));
    if (rotated === null) throw new Refusal('key_not_found');
    await this.parts.directory.forget(rotated.hashes);
    return { ...viewKey(rotated.row), key };
  }

  private async ask<T>(question: (ledger: ApiKeysLedger) => Promise<T>): Promise<T> {
    const { ledger } = this.parts;
    if (ledger === null) {
      throw new Refusal('dependency_unavailable', {
        message: 'API keys are kept in PostgreSQL: start the API with DATABASE_URL.',
      });
    }
    return onDatabase(question(ledger));
  }
}

const iso = (date: Date | null): string | null => date?.toISOString() ?? null;

const viewKey = (row: ApiKeyRow): KeyView => ({
  id: row.id,
  name: row.name,
  tier: row.tier,
  tenant: row.tenant,
  scopes: row.scopes,
  models: row.models,
  budget_usd_per_day: row.budgetUsdPerDay?.toNumber() ?? null,
  created_at: row.createdAt.toISOString(),
  expires_at: iso(row.expiresAt),
  revoked_at: iso(row.revokedAt),
  previous_until: iso(row.previousUntil),
});
