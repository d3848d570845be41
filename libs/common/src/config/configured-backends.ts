import { type BackendConfig, backendConfig } from './backend-config.js';

const OPENAI_KEY_NAME = 'OPENAI_API_KEY';

export interface Configured {
  readonly backends: readonly BackendConfig[];
  readonly openAiApiKey: string | undefined;
  readonly openAiBaseUrl: string;
}

/** The backends of the file; without any, the simulator, and OpenAI beside it when there is a key. */
export function configuredBackends({ backends, openAiApiKey, openAiBaseUrl }: Configured): BackendConfig[] {
  if (backends.length > 0) return [...backends];
  const simulator = { id: 'simulator', kind: 'simulator' };
  if (openAiApiKey === undefined) return [backendConfig.parse(simulator)];
  return [
    backendConfig.parse({ ...simulator, models: ['sim-*'] }),
    backendConfig.parse({
      id: 'openai',
      kind: 'openai',
      url: openAiBaseUrl,
      api_key_env: OPENAI_KEY_NAME,
    }),
  ];
}
