import type { BackendConfig } from '#common/config/backend-config.js';
import { configuredBackends } from '#common/config/configured-backends.js';
import type { PresentBackend } from '#common/contracts/worker-presence.js';

const OPENAI = 'openai';
/** What workers make of their environment when the file has no backends. */
const FROM_ENVIRONMENT = new Map<string, BackendConfig['kind']>([
  ['simulator', 'simulator'],
  [OPENAI, OPENAI],
]);
/** Only workers know OPENAI_BASE_URL. */
export const UNKNOWN_URL = 'https://unknown.invalid';

/** The backends of the configuration, as far as this process can know them. */
export class ConfiguredList {
  constructor(private readonly file: readonly BackendConfig[]) {}

  /** The kind of the configured backend of this id; null when there is none. Without a file, `openai` may be one. */
  kindOf(id: string): BackendConfig['kind'] | null {
    if (this.file.length === 0) return FROM_ENVIRONMENT.get(id) ?? null;
    return this.file.find((config) => config.id === id)?.kind ?? null;
  }

  /** `present`: what workers say they have. */
  list(present: readonly Pick<PresentBackend, 'id' | 'source'>[]): BackendConfig[] {
    const hasOpenAi = present.some(({ id, source }) => id === OPENAI && source !== 'runtime');
    return configuredBackends({
      backends: this.file,
      openAiApiKey: hasOpenAi ? 'a worker has it' : undefined,
      openAiBaseUrl: UNKNOWN_URL,
    });
  }
}
