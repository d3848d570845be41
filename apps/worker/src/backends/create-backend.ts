import type { Dispatcher } from 'undici';
import type { BackendConfig } from '#common/config/backend-config.js';
import { BootError } from '#common/errors/boot-error.js';
import type { Backend } from './backend.js';
import { OpenAiBackend } from './openai/openai.backend.js';
import { createProfiles, type ProfileOverrides } from './simulator/profiles.js';
import { SimulatorBackend } from './simulator/simulator.backend.js';

export interface BackendSettings {
  readonly simulatorSeed: number;
  /** Stronger than the profiles of a configured simulator. */
  readonly simulatorProfiles: ProfileOverrides;
  readonly secretOf: (environmentName: string) => string | undefined;
  /** What opens the connections; without one, Node's own, which goes everywhere. */
  readonly dispatcher?: Dispatcher;
}

/** What a header can carry. */
const VISIBLE_ASCII = /^[\x21-\x7e]+$/;

/** @throws BootError when the backend's API key is missing or cannot be sent. */
export function createBackend(config: BackendConfig, settings: BackendSettings): Backend {
  const { id } = config;
  switch (config.kind) {
    case 'simulator': {
      const profileOf = createProfiles(config.profiles, settings.simulatorProfiles);
      return new SimulatorBackend({ id, seed: settings.simulatorSeed, profileOf });
    }
    case 'openai':
      return new OpenAiBackend({
        id,
        baseUrl: config.url,
        apiKey: config.api_key_env === undefined ? undefined : apiKeyOf(id, config.api_key_env, settings),
        timeoutMs: config.timeout_ms,
        healthPath: config.health === false ? null : config.health.path,
        ...(settings.dispatcher === undefined ? {} : { dispatcher: settings.dispatcher }),
      });
  }
}

function apiKeyOf(id: string, name: string, { secretOf }: BackendSettings): string {
  const key = secretOf(name);
  if (key === undefined || key === '') {
    throw new BootError(
      `The backend ${id} takes its API key from ${name}, which is not set; set it or remove api_key_env.`,
    );
  }
  if (VISIBLE_ASCII.test(key)) return key;
  throw new BootError(
    `${name} holds blanks, line breaks or other characters that no HTTP header can carry; set it anew.`,
  );
}
