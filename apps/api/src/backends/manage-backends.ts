import { type BackendConfig, backendConfig } from '#common/config/backend-config.js';
import { isOwnSecret } from '#common/config/environment.js';
import { Refusal } from '#common/errors/refusal.js';
import type { AllowedHosts } from '#common/network/allowed-hosts.js';
import { judgeResolvedUrl, type Resolve } from '#common/network/judge-url.js';
import { onDatabase } from '../http/database-trouble.js';
import { applyPatch } from './apply-patch.js';
import type { BackendPatch, NewBackend } from './backends.schema.js';
import type { ConfiguredList } from './configured-list.js';
import type { RegistryLedger } from './registry.ledger.js';
import type { RegistryProjection } from './registry-projection.js';

export interface ManageBackendsParts {
  readonly ledger: RegistryLedger | null;
  readonly projection: Pick<RegistryProjection, 'project'>;
  readonly configured: ConfiguredList;
  readonly allowedHosts: AllowedHosts;
  /** How host names become addresses; without one, as the system does it. */
  readonly resolve?: Resolve;
}

/**
 * What administrators do with backends: PostgreSQL first, then Redis, from where workers have it within 2 s. Throws Refusal
 * dependency_unavailable when PostgreSQL is away or not configured.
 */
export class ManageBackends {
  constructor(private readonly parts: ManageBackendsParts) {}

  /** @throws Refusal backend_exists, url_not_allowed, invalid_value. */
  async add(asked: NewBackend): Promise<void> {
    const config: BackendConfig = backendConfig.parse({ ...asked, kind: asked.kind ?? 'openai' });
    if (config.kind === 'openai') await this.judge(config.url, config.api_key_env);
    const isConfigured = this.parts.configured.kindOf(config.id) !== null;
    const isAdded = await askLedger(this.parts.ledger, (ledger) => ledger.add(config, isConfigured));
    if (!isAdded) throw new Refusal('backend_exists', { param: 'id' });
    await this.parts.projection.project();
  }

  /** @throws Refusal backend_not_found, url_not_allowed, invalid_value. */
  async change(id: string, patch: BackendPatch): Promise<void> {
    await this.judge(patch.url, patch.api_key_env ?? undefined);
    const kind = this.parts.configured.kindOf(id);
    const changed = await askLedger(this.parts.ledger, (ledger) =>
      ledger.change({ id, isConfigured: kind !== null }, (kept) => applyPatch(kept, patch, kind)),
    );
    if (changed === null) throw new Refusal('backend_not_found');
    await this.parts.projection.project();
  }

  /** No attempt begins there any more; those that run go on. @throws Refusal backend_not_found. */
  async remove(id: string): Promise<void> {
    const isConfigured = this.parts.configured.kindOf(id) !== null;
    const isRemoved = await askLedger(this.parts.ledger, (ledger) => ledger.remove({ id, isConfigured }));
    if (!isRemoved) throw new Refusal('backend_not_found');
    await this.parts.projection.project();
  }

  /** Back to what the configuration says, also after a removal. @throws Refusal backend_not_found when it says nothing. */
  async restore(id: string): Promise<void> {
    if (this.parts.configured.kindOf(id) === null) throw new Refusal('backend_not_found');
    await askLedger(this.parts.ledger, (ledger) => ledger.restore(id));
    await this.parts.projection.project();
  }

  private async judge(url: string | undefined, keyName: string | undefined): Promise<void> {
    if (keyName !== undefined && isOwnSecret(keyName)) {
      const message = `api_key_env: ${keyName} is no key of a backend.`;
      throw new Refusal('invalid_value', { param: 'api_key_env', message });
    }
    if (url === undefined) return;
    const because = await judgeResolvedUrl(url, this.parts.allowedHosts, this.parts.resolve);
    if (because === null) return;
    const message = `The URL is not allowed: ${because}. Use a public address, or have its host added to BACKEND_ALLOW_HOSTS.`;
    throw new Refusal('url_not_allowed', { param: 'url', message });
  }
}

export async function askLedger<T>(
  ledger: RegistryLedger | null,
  question: (ledger: RegistryLedger) => Promise<T>,
): Promise<T> {
  if (ledger === null) {
    throw new Refusal('dependency_unavailable', {
      message: 'Backends and routes are kept in PostgreSQL: start the API with DATABASE_URL.',
    });
  }
  return onDatabase(question(ledger));
}
