import { describe, expect, it } from '@jest/globals';
import type { BackendConfig } from '#common/config/config-file.js';
import { BootError } from '#common/errors/boot-error.js';
import { type BackendsConfig, createBackends } from './registry.js';

const nothing: BackendsConfig = {
  backends: [],
  openAiBaseUrl: 'http://127.0.0.1:9/v1',
  simulatorSeed: 1,
  simulatorProfiles: {},
  secretOf: () => undefined,
};
const openAi: BackendConfig = {
  id: 'mine',
  kind: 'openai',
  models: ['llama-*'],
  url: 'http://127.0.0.1:9/v1',
  api_key_env: 'MY_KEY',
  timeout_ms: 1_000,
};
const simulator: BackendConfig = { id: 'sim', kind: 'simulator', models: ['*'], profiles: {} };

const shapes = (config: Partial<BackendsConfig>): unknown[] =>
  createBackends({ ...nothing, ...config }).map(({ id, kind, models }) => ({ id, kind, models }));

describe('createBackends', () => {
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
    expect(shapes({ backends: [openAi, simulator], openAiApiKey: 'sk-1', secretOf: () => 'sk-2' })).toEqual([
      { id: 'mine', kind: 'openai', models: ['llama-*'] },
      { id: 'sim', kind: 'simulator', models: ['*'] },
    ]);
  });

  it('asks for no key that is not named', () => {
    const { api_key_env: _, ...keyless } = openAi;
    expect(shapes({ backends: [keyless] })).toHaveLength(1);
  });

  it.each([undefined, ''])('refuses to boot when a named key is %j', (key) => {
    const boot = () => createBackends({ ...nothing, backends: [openAi], secretOf: () => key });
    expect(boot).toThrow(BootError);
    expect(boot).toThrow('The backend mine takes its API key from MY_KEY, which is not set');
  });

  it('refuses to boot on a key that no header can carry, without repeating it', () => {
    for (const config of [
      { openAiApiKey: 'sk-canary\n' },
      { backends: [openAi], secretOf: () => 'sk-canary\n' },
    ]) {
      expect(() => createBackends({ ...nothing, ...config })).toThrow(BootError);
      expect(() => createBackends({ ...nothing, ...config })).not.toThrow('canary');
    }
  });

  it('lets SIMULATOR_PROFILES win over a simulator’s configured profiles', async () => {
    const [backend] = createBackends({
      ...nothing,
      backends: [{ ...simulator, profiles: { 'sim-instant': { error_rate: 1, error_kind: 'timeout' } } }],
      simulatorProfiles: { 'sim-instant': { error_kind: 'refused' } },
    });
    const task = { model: 'sim-instant', messages: [], max_tokens: 1, temperature: 0 };
    expect(await backend?.call(task, new AbortController().signal)).toEqual({ kind: 'refused', status: 400 });
  });
});
