import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { type BackendConfig, backendConfig, routeConfig } from '#common/config/backend-config.js';
import { EMPTY_REGISTRY, type Registry } from '#common/contracts/registry.js';
import { effectiveBackends, effectiveRoutes } from './effective-backends.policy.js';

const IDS = ['a', 'b', 'c', 'd'];
const openAi = (id: string, weight = 1): BackendConfig =>
  backendConfig.parse({ id, kind: 'openai', url: `https://${id}.example.com/v1`, weight });
const simulator = (id: string): BackendConfig => backendConfig.parse({ id, kind: 'simulator' });

const configs = fc
  .uniqueArray(fc.record({ id: fc.constantFrom(...IDS), isOpenAi: fc.boolean() }), {
    selector: ({ id }) => id,
  })
  .map((all) => all.map(({ id, isOpenAi }) => (isOpenAi ? openAi(id) : simulator(id))));
const registries = fc.record({
  revision: fc.nat(),
  added: fc.subarray(IDS).map((ids) => ids.map((id) => openAi(id, 7))),
  changed: fc.dictionary(
    fc.constantFrom(...IDS),
    fc.record(
      { weight: fc.integer({ min: 1, max: 9 }), timeout_ms: fc.constant(5_000) },
      { requiredKeys: [] },
    ),
  ),
  removed: fc.subarray(IDS),
  routes: fc.constant({}),
});

describe('the backends in force', () => {
  it('are the configured ones without a registry', () => {
    const configured = [openAi('b'), simulator('a')];
    expect(effectiveBackends(configured, EMPTY_REGISTRY)).toEqual(
      configured.map((config) => ({ config, source: 'file' })),
    );
  });

  it('are every added one, and every configured one that is neither removed nor replaced, each once and valid', () => {
    fc.assert(
      fc.property(configs, registries, (configured, registry: Registry) => {
        const effective = effectiveBackends(configured, registry);
        const added = registry.added.map(({ id }) => id);
        const kept = configured
          .map(({ id }) => id)
          .filter((id) => !added.includes(id) && !registry.removed.includes(id));
        expect(effective.map(({ config }) => config.id)).toEqual([...kept, ...added.sort()]);
        for (const { config } of effective) expect(backendConfig.parse(config)).toEqual(config);
      }),
    );
  });

  it('differ from the configuration in what was changed, and in nothing else', () => {
    fc.assert(
      fc.property(configs, registries, (configured, registry: Registry) => {
        for (const { config, source } of effectiveBackends(configured, registry)) {
          const change = registry.changed[config.id];
          const before = configured.find(({ id }) => id === config.id);
          if (source === 'runtime') expect(registry.added).toContainEqual(config);
          else if (change === undefined)
            expect({ config, source }).toEqual({ config: before, source: 'file' });
          else {
            const { timeout_ms, ...common } = change;
            const timeout = config.kind === 'openai' && timeout_ms !== undefined ? { timeout_ms } : {};
            expect({ config, source }).toEqual({
              config: { ...before, ...common, ...timeout },
              source: 'changed',
            });
          }
        }
      }),
    );
  });
});

describe('the routes in force', () => {
  it('are the file’s, each replaced whole by one of the same pattern', () => {
    const [cost, hedged] = [
      routeConfig.parse({ strategy: 'cost', fallbacks: ['x'] }),
      routeConfig.parse({ hedge_after_ms: 5 }),
    ];
    const routes = { 'b*': hedged, c: cost };
    expect(effectiveRoutes({ 'a*': cost, 'b*': cost }, { ...EMPTY_REGISTRY, routes })).toEqual({
      'a*': cost,
      'b*': hedged,
      c: cost,
    });
  });
});
