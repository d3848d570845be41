import { describe, expect, it } from '@jest/globals';
import { backendConfig } from '#common/config/backend-config.js';
import { configuredBackends } from '#common/config/configured-backends.js';
import { BootError } from '#common/errors/boot-error.js';
import { taskOf } from '../../../../test/support/task.js';
import { type BackendSettings, createBackend } from './create-backend.js';

const settings: BackendSettings = {
  simulatorSeed: 1,
  simulatorProfiles: {},
  secretOf: () => undefined,
};
const openAi = backendConfig.parse({
  id: 'mine',
  kind: 'openai',
  models: ['llama-*'],
  url: 'http://127.0.0.1:9/v1',
  api_key_env: 'MY_KEY',
});
const simulator = { id: 'sim', kind: 'simulator' };

const shapes = (config: Partial<Parameters<typeof configuredBackends>[0]>): unknown[] =>
  configuredBackends({
    backends: [],
    openAiApiKey: undefined,
    openAiBaseUrl: 'https://api.openai.com/v1',
    ...config,
  }).map(({ id, kind, models }) => ({ id, kind, models }));

describe('configuredBackends', () => {
  it('serves every model with the simulator when nothing is configured', () => {
    expect(shapes({})).toEqual([{ id: 'simulator', kind: 'simulator', models: ['*'] }]);
  });

  it('leaves only sim-* to the simulator when there is an OpenAI key', () => {
    expect(shapes({ openAiApiKey: 'sk-1' })).toEqual([
      { id: 'simulator', kind: 'simulator', models: ['sim-*'] },
      { id: 'openai', kind: 'openai', models: ['*'] },
    ]);
  });

  it('adds nothing to configured backends and keeps their order', () => {
    expect(shapes({ backends: [openAi, backendConfig.parse(simulator)], openAiApiKey: 'sk-1' })).toEqual([
      { id: 'mine', kind: 'openai', models: ['llama-*'] },
      { id: 'sim', kind: 'simulator', models: ['*'] },
    ]);
  });
});

describe('createBackend', () => {
  it('asks for no key that is not named', () => {
    const { api_key_env: _, ...keyless } = { api_key_env: undefined, ...openAi };
    expect(createBackend(keyless, settings)).toMatchObject({ id: 'mine', kind: 'openai' });
  });

  it.each([undefined, ''])('refuses to boot when a named key is %j', (key) => {
    const boot = () => createBackend(openAi, { ...settings, secretOf: () => key });
    expect(boot).toThrow(BootError);
    expect(boot).toThrow('The backend mine takes its API key from MY_KEY, which is not set');
  });

  it('refuses to boot on a key that no header can carry, without repeating it', () => {
    const boot = () => createBackend(openAi, { ...settings, secretOf: () => 'sk-canary\n' });
    expect(boot).toThrow(BootError);
    expect(boot).not.toThrow('canary');
  });

  it('lets SIMULATOR_PROFILES win over a simulator’s configured profiles', async () => {
    const profiles = { 'sim-instant': { error_rate: 1, error_kind: 'timeout' } };
    const backend = createBackend(backendConfig.parse({ ...simulator, profiles }), {
      ...settings,
      simulatorProfiles: { 'sim-instant': { error_kind: 'refused' } },
    });
    const task = taskOf({ model: 'sim-instant' });
    const said = await backend.call(task, new AbortController().signal, () => undefined);
    expect(said).toMatchObject({ kind: 'refused', status: 400 });
  });
});
