import { describe, expect, it } from '@jest/globals';
import { type BackendConfig, backendConfig, routeConfig } from '#common/config/backend-config.js';
import { EMPTY_REGISTRY, type Registry } from '#common/contracts/registry.js';
import { AllowedHosts } from '#common/network/allowed-hosts.js';
import { BackendDirectory } from './backend-directory.js';
import { RuntimeGuard } from './runtime-guard.js';

const SECRETS: Readonly<Record<string, string>> = { MY_KEY: 'sk-1', ADMIN_TOKEN: 'sk-2' };

const openAi = (id: string, more: Record<string, unknown> = {}): BackendConfig =>
  backendConfig.parse({ id, kind: 'openai', url: 'https://8.8.8.8/v1', ...more });
const registryOf = (changes: Partial<Registry>): Registry => ({ ...EMPTY_REGISTRY, revision: 1, ...changes });

const directoryOf = (configured: readonly BackendConfig[], allowed = ''): BackendDirectory =>
  new BackendDirectory(
    configured,
    { 'gpt-*': routeConfig.parse({ strategy: 'cost' }) },
    { simulatorSeed: 1, simulatorProfiles: {}, secretOf: (name) => SECRETS[name] },
    new RuntimeGuard(AllowedHosts.parse(allowed).hosts),
  );

const ids = (directory: BackendDirectory, model = 'gpt-4o') =>
  directory.serving(model).map(({ config }) => config.id);

describe('the directory of backends', () => {
  it('serves a model with those whose pattern fits best', () => {
    const directory = directoryOf([
      openAi('any'),
      openAi('gpt', { models: ['gpt-*'] }),
      openAi('exact', { models: ['gpt-4o', '*'] }),
    ]);
    expect(ids(directory)).toEqual(['exact']);
    expect(ids(directory, 'gpt-5')).toEqual(['gpt']);
    expect(ids(directory, 'llama')).toEqual(['any', 'exact']);
    expect(ids(directoryOf([openAi('gpt', { models: ['gpt-*'] })]), 'llama')).toEqual([]);
  });

  it('forgets what it remembered of a model when a registry is applied', () => {
    const directory = directoryOf([openAi('file')]);
    expect([ids(directory), directory.routeOf('gpt-4o').strategy]).toEqual([['file'], 'cost']);
    directory.apply(
      registryOf({ added: [openAi('new')], routes: { 'gpt-4o': routeConfig.parse({ strategy: 'sticky' }) } }),
    );
    expect([ids(directory), directory.routeOf('gpt-4o').strategy]).toEqual([['file', 'new'], 'sticky']);
    directory.apply(registryOf({ removed: ['file'] }));
    expect([ids(directory), directory.routeOf('gpt-4o').strategy]).toEqual([[], 'cost']);
    expect(directory.routeOf('llama').strategy).toBe('adaptive');
  });

  it('keeps a client while only what its connections do not depend on changes', () => {
    const directory = directoryOf([openAi('file')]);
    const client = () => directory.list()[0]?.client;
    const first = client();
    directory.apply(registryOf({ changed: { file: { weight: 5, models: ['x'], max_connections: 1 } } }));
    expect(client()).toBe(first);
    expect(directory.list()[0]).toMatchObject({ source: 'changed', config: { weight: 5, models: ['x'] } });
    directory.apply(registryOf({ changed: { file: { timeout_ms: 5 } } }));
    expect(client()).not.toBe(first);
  });

  it.each([
    ['its key is not set here', { api_key_env: 'OTHER_KEY' }, 'OTHER_KEY, which is not set'],
    ['its key is one of ours', { api_key_env: 'ADMIN_TOKEN' }, 'ADMIN_TOKEN is no key of a backend'],
    ['its URL leads inside the network', { url: 'http://10.0.0.1/v1' }, 'not allowed here: 10.0.0.1'],
  ])('does not call an added backend when %s, and says so', (_, more, sentence) => {
    const directory = directoryOf([openAi('file')]);
    const problem = expect.stringContaining(sentence);
    expect(directory.apply(registryOf({ added: [openAi('new', more)] }))).toEqual([{ id: 'new', problem }]);
    expect(ids(directory)).toEqual(['file']);
    expect(directory.describe(() => 0)).toEqual([
      expect.not.objectContaining({ problem: expect.anything() }),
      expect.objectContaining({ id: 'new', source: 'runtime', problem }),
    ]);
  });

  it('trusts what is configured, and calls added ones that are allowed here', () => {
    const inside = { url: 'http://10.0.0.1/v1', api_key_env: 'MY_KEY' };
    const directory = directoryOf([openAi('file', inside)], '10.0.0.0/8');
    expect(directory.apply(registryOf({ added: [openAi('new', inside)] }))).toEqual([]);
    expect(ids(directory)).toEqual(['file', 'new']);
  });

  it('shows a removed backend for as long as it has calls open, and no longer', () => {
    const directory = directoryOf([openAi('file'), openAi('other')]);
    let active = 1;
    directory.apply(registryOf({ removed: ['file'] }));
    const shown = () =>
      directory
        .describe((id) => (id === 'file' ? active : 0))
        .map(({ id, is_draining }) => [id, is_draining]);
    expect(shown()).toEqual([
      ['other', false],
      ['file', true],
    ]);
    active = 0;
    expect(shown()).toEqual([['other', false]]);
  });

  it('tells its listeners after it has changed', () => {
    const directory = directoryOf([openAi('file')]);
    const heard: string[][] = [];
    directory.onChange(() => heard.push(ids(directory)));
    directory.apply(registryOf({ added: [openAi('new')] }));
    expect(heard).toEqual([['file', 'new']]);
  });

  it('refuses to boot when a configured backend lacks its key', () => {
    expect(() => directoryOf([openAi('file', { api_key_env: 'OTHER_KEY' })])).toThrow('OTHER_KEY');
  });
});
