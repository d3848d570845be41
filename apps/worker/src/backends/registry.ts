import type { BackendConfig } from '#common/config/config-file.js';
import { BootError } from '#common/errors/boot-error.js';
import type { Backend } from './backend.js';
import { OpenAiBackend } from './openai/openai.backend.js';
import { createProfiles, type ProfileOverrides } from './simulator/profiles.js';
import { SimulatorBackend } from './simulator/simulator.backend.js';

export interface BackendsConfig {
  readonly backends: readonly BackendConfig[];
  readonly openAiApiKey?: string | undefined;
  readonly openAiBaseUrl: string;
  readonly simulatorSeed: number;
  /** Stronger than the profiles of a configured simulator. */
  readonly simulatorProfiles: ProfileOverrides;
  readonly secretOf: (environmentName: string) => string | undefined;
}

const OPENAI_KEY_NAME = 'OPENAI_API_KEY';
const OPENAI_TIMEOUT_MS = 120_000;
/** What a header can carry. */
const VISIBLE_ASCII = /^[\x21-\x7e]+$/;

/**
 * The configured backends; without any, the simulator, and OpenAI beside it when there is a key.
 * @throws BootError when a backend's API key is missing or cannot be sent.
 */
export function createBackends(config: BackendsConfig): Backend[] {
  if (config.backends.length > 0) return config.backends.map((backend) => createBackend(backend, config));
  if (config.openAiApiKey === undefined) return [createSimulator('simulator', ['*'], {}, config)];
  const openAi = new OpenAiBackend({
    id: 'openai',
    models: ['*'],
    baseUrl: config.openAiBaseUrl,
    apiKey: sendable(config.openAiApiKey, OPENAI_KEY_NAME),
    timeoutMs: OPENAI_TIMEOUT_MS,
  });
  return [createSimulator('simulator', ['sim-*'], {}, config), openAi];
}

function createBackend(backend: BackendConfig, config: BackendsConfig): Backend {
  const { id, models } = backend;
  switch (backend.kind) {
    case 'simulator':
      return createSimulator(id, models, backend.profiles, config);
    case 'openai':
      return new OpenAiBackend({
        id,
        models,
        baseUrl: backend.url,
        apiKey: backend.api_key_env === undefined ? undefined : apiKeyOf(id, backend.api_key_env, config),
        timeoutMs: backend.timeout_ms,
      });
  }
}

function createSimulator(
  id: string,
  models: readonly string[],
  profiles: ProfileOverrides,
  config: BackendsConfig,
): SimulatorBackend {
  const profileOf = createProfiles(profiles, config.simulatorProfiles);
  return new SimulatorBackend({ id, models, seed: config.simulatorSeed, profileOf });
}

function apiKeyOf(id: string, name: string, { secretOf }: BackendsConfig): string {
  const key = secretOf(name);
  if (key === undefined || key === '') {
    throw new BootError(
      `The backend ${id} takes its API key from ${name}, which is not set; set it or remove api_key_env.`,
    );
  }
  return sendable(key, name);
}

function sendable(key: string, name: string): string {
  if (VISIBLE_ASCII.test(key)) return key;
  throw new BootError(
    `${name} holds blanks, line breaks or other characters that no HTTP header can carry; set it anew.`,
  );
}
