import type { Dispatcher } from 'undici';
import type { BackendConfig } from '#common/config/backend-config.js';
import { isOwnSecret } from '#common/config/environment.js';
import type { AllowedHosts } from '#common/network/allowed-hosts.js';
import { guardedDispatcher } from '#common/network/guarded-dispatcher.js';
import { judgeUrl } from '#common/network/judge-url.js';

/** What backends added at run time are held to. Configured ones are trusted: whoever writes the file has the network anyway. */
export class RuntimeGuard {
  /** Opens no connection to where they must not lead. */
  readonly dispatcher: Dispatcher;

  constructor(private readonly allowed: AllowedHosts) {
    this.dispatcher = guardedDispatcher(allowed);
  }

  /** Why this backend is not called here; null when nothing in its settings speaks against it. */
  problemOf(config: BackendConfig): string | null {
    if (config.kind === 'simulator') return null;
    const { url, api_key_env } = config;
    if (api_key_env !== undefined && isOwnSecret(api_key_env))
      return `${api_key_env} is no key of a backend, so it is not sent to one`;
    const because = judgeUrl(url, this.allowed);
    return because === null ? null : `its URL is not allowed here: ${because}`;
  }
}
