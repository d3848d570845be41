import { describe, expect, it } from '@jest/globals';
import { type BackendConfig, backendConfig } from '#common/config/backend-config.js';
import { EMPTY_REGISTRY, type Registry } from '#common/contracts/registry.js';
import { presentBackend, type WorkerPresence } from '#common/contracts/worker-presence.js';
import { presenceOf } from '../../../../test/support/presence.js';
import { isCallable, modelsWithoutBackend } from '../status/callable-backends.js';
import { viewBackends } from './backend-views.js';
import type { Condition, KnownCircuit } from './condition.reader.js';
import { ConfiguredList } from './configured-list.js';

const NOW = 1_000_000;
const UNKNOWN: Condition = { circuits: [], health: new Map() };

const openAi = (id: string, more: Record<string, unknown> = {}): BackendConfig =>
  backendConfig.parse({ id, kind: 'openai', url: 'https://u:secret@8.8.8.8/v1', ...more });
const worker = (id: string, backends: Record<string, unknown>[]): WorkerPresence =>
  presenceOf(id, {
    backends: backends.map((backend) => presentBackend.parse({ kind: 'openai', active: 0, ...backend })),
  });
const open = (backend: string, model: string, state: KnownCircuit['state'] = 'open'): KnownCircuit => ({
  backend,
  model,
  state,
});

interface Given {
  readonly file?: readonly BackendConfig[];
  readonly registry?: Partial<Registry>;
  readonly workers?: readonly WorkerPresence[];
  readonly condition?: Partial<Condition>;
}
const view = ({ file = [openAi('a')], registry, workers = [], condition }: Given) =>
  viewBackends(new ConfiguredList(file), {
    registry: { ...EMPTY_REGISTRY, ...registry },
    workers,
    condition: { ...UNKNOWN, ...condition },
    nowMs: NOW,
  });

describe('the view of the backends', () => {
  it('adds up what the workers have open, and names them', () => {
    const workers = [worker('w1', [{ id: 'a', active: 2 }]), worker('w2', [{ id: 'a', active: 3 }])];
    expect(view({ workers })[0]).toMatchObject({
      id: 'a',
      state: 'active',
      active: 5,
      workers: ['w1', 'w2'],
    });
  });

  it('shows no password of a configured URL', () => {
    expect(JSON.stringify(view({}))).not.toContain('secret');
  });

  it('says that one is misconfigured when any worker cannot call it', () => {
    const workers = [worker('w1', [{ id: 'a' }]), worker('w2', [{ id: 'a', problem: 'no key' }])];
    expect(view({ workers })[0]).toMatchObject({ state: 'misconfigured', problem: 'no key' });
  });

  it('tells one that drains from one that is gone, configured or not', () => {
    const workers = [
      worker('w1', [
        { id: 'a', active: 1, is_draining: true },
        { id: 'new', source: 'runtime', active: 1, is_draining: true },
      ]),
    ];
    const states = (given: Given) => view(given).map(({ id, state }) => `${id} ${state}`);
    expect(states({ registry: { removed: ['a'] }, workers })).toEqual(['a draining', 'new draining']);
    expect(states({ registry: { removed: ['a'] } })).toEqual(['a removed']);
  });

  it('knows of a file without backends what workers say, and not where theirs lead', () => {
    const ids = (workers: WorkerPresence[]) => view({ file: [], workers }).map(({ id }) => id);
    expect(ids([])).toEqual(['simulator']);
    expect(ids([worker('w', [{ id: 'openai' }])])).toEqual(['simulator', 'openai']);
    const [, openai] = view({ file: [], workers: [worker('w', [{ id: 'openai' }])] });
    expect(openai?.config).toMatchObject({ url: null, weight: 1 });
  });

  it.each([
    ['unknown', 'nobody has looked', null, {}],
    ['well', 'the last check was good', { isWell: true, checkedMs: NOW - 36_000 }, {}],
    ['ill', 'the last checks were bad', { isWell: false, checkedMs: NOW - 36_000 }, {}],
    ['unknown', 'nobody has looked for three intervals', { isWell: false, checkedMs: NOW - 36_001 }, {}],
    ['unknown', 'nobody looks any more', { isWell: false, checkedMs: NOW - 1 }, { health: false }],
  ])('calls its health %s when %s', (state, _, found, more) => {
    const health = new Map(found === null ? [] : [['a', found]]);
    expect(view({ file: [openAi('a', more)], condition: { health } })[0]?.health.state).toBe(state);
  });
});

describe('a backend that may be called', () => {
  it('is active, known to a worker and not ill', () => {
    const workers = [worker('w', [{ id: 'a' }])];
    const health = new Map([['a', { isWell: false, checkedMs: NOW }]]);
    const isFirstCallable = (given: Given) => view(given).map(isCallable)[0];
    expect(isFirstCallable({ workers })).toBe(true);
    expect(isFirstCallable({})).toBe(false);
    expect(isFirstCallable({ workers, condition: { health } })).toBe(false);
    expect(isFirstCallable({ workers, registry: { removed: ['a'] } })).toBe(false);
  });
});

describe('a model without a backend', () => {
  const file = [openAi('any'), openAi('gpt', { models: ['gpt-*'] }), openAi('gpt2', { models: ['gpt-*'] })];
  const without = (...circuits: KnownCircuit[]) =>
    modelsWithoutBackend(view({ file, condition: { circuits } }));

  it('is one of which all that compete for it have their circuits open or are being probed', () => {
    expect(without()).toEqual([]);
    expect(without(open('gpt', 'gpt-4o'))).toEqual([]);
    expect(without(open('gpt', 'gpt-4o'), open('gpt2', 'gpt-4o', 'half-open'))).toEqual(['gpt-4o']);
    expect(without(open('gpt', 'gpt-4o'), open('gpt2', 'gpt-5'))).toEqual([]);
    expect(without(open('any', 'llama'))).toEqual(['llama']);
  });

  it('is not guessed from a circuit that cannot be read', () => {
    const unread: KnownCircuit = { backend: 'gpt2', model: null, state: 'unknown' };
    expect(without(open('gpt', 'gpt-4o'), unread)).toEqual([]);
  });
});
