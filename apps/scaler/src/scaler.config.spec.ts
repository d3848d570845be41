import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, describe, expect, it } from '@jest/globals';
import { loadScalerConfig } from './scaler.config.js';

const directory = mkdtempSync(path.join(tmpdir(), 'sluice-scaler-config-'));
const file = path.join(directory, 'sluice.config.yaml');
afterAll(() => rmSync(directory, { recursive: true }));

function load(env: Record<string, string> = {}, config: unknown = {}) {
  writeFileSync(file, JSON.stringify(config));
  return loadScalerConfig({ SLUICE_CONFIG: file, ...env });
}
const problemsOf = (env: Record<string, string>, config: unknown = {}): string => {
  try {
    load(env, config);
  } catch (error) {
    return String(error);
  }
  return 'none';
};

const pool = (scaling: object = {}) => ({ models: ['*'], scaling });

describe('the configuration of a scaler', () => {
  it('needs nothing: children of its own, one to four, for the pool default', () => {
    const config = load();
    expect(config).toMatchObject({ driver: 'process', mode: 'full', tickS: 2, budget: null, slots: 16 });
    expect(config.pools.get('default')).toMatchObject({ min: 1, max: 4, policy: 'slo' });
  });

  it('is shown at boot without its secrets', () => {
    const { effective } = load({ SCALER_HOOK_TOKEN: 'CANARY-0123456789', REDIS_URL: 'redis://u:CANARY@h' });
    expect(JSON.stringify(effective)).not.toContain('CANARY');
  });

  it('is refused with every problem in one message', () => {
    const pools = { default: pool({ min: 2 }), large: pool({ min: 3, worker_cost: 4 }) };
    const scaler = { budget: 10 };
    const said = problemsOf({ SCALER_DRIVER: 'swarm', DOCKER_HOST: 'tcp://' }, { pools, scaler });
    expect(said.split('\n')).toEqual([
      'BootError: The configuration of the scaler has 4 problems:',
      '  scaler.swarm.services.default: SCALER_DRIVER=swarm needs the service of each pool',
      '  scaler.swarm.services.large: SCALER_DRIVER=swarm needs the service of each pool',
      '  DOCKER_HOST: name a socket as unix:///path/to/docker.sock, or an engine as tcp://host:port',
      "  scaler.budget: the pools' min workers together cost 14 already",
    ]);
  });

  it.each([
    ['unix:///var/run/docker.sock', 'none'],
    ['tcp://127.0.0.1:2375', 'none'],
    ['http://proxy:2375/', 'none'],
    ['unix://var', 'name a socket as'],
    ['tcp://host:2375/path', 'or an engine as'],
    ['tcp://host:70000', 'or an engine as'],
    ['ssh://me@host', 'or an engine as'],
    ['host', 'or an engine as'],
  ])('with containers and DOCKER_HOST=%s has problems: %s', (DOCKER_HOST, because) => {
    expect(problemsOf({ SCALER_DRIVER: 'docker', DOCKER_HOST })).toContain(because);
  });

  it('is refused when it is too long for the environment of a container, unless they have a file of their own', () => {
    const long = { models: Array.from({ length: 6_000 }, (_, index) => `model-number-${index}`) };
    const pools = { default: long };
    expect(problemsOf({ SCALER_DRIVER: 'docker' }, { pools })).toContain('cannot be handed to containers');
    const scaler = { docker: { env: { SLUICE_CONFIG: '/etc/sluice.config.yaml' } } };
    expect(problemsOf({ SCALER_DRIVER: 'docker' }, { pools, scaler })).toBe('none');
    expect(problemsOf({}, { pools })).toBe('none');
  });

  it('lets DOCKER_HOST be another program’s, unless its driver needs an engine', () => {
    expect(problemsOf({ DOCKER_HOST: 'ssh://me@host' })).toBe('none');
  });

  it('is refused when two pools would scale one service', () => {
    const pools = { default: pool(), large: pool() };
    const config = { pools, scaler: { swarm: { services: { default: 'w', large: 'w' } } } };
    expect(problemsOf({ SCALER_DRIVER: 'swarm' }, config)).toContain('two pools have the same service');
  });

  it('is refused when two pools would scale one Deployment, also one that is named after the other pool', () => {
    const pools = { default: pool(), large: pool() };
    const config = { pools, scaler: { kubernetes: { deployments: { large: 'sluice-worker-default' } } } };
    const said = problemsOf({ SCALER_DRIVER: 'kubernetes', DOCKER_HOST: 'ssh://me@host' }, config);
    expect(said).toContain('two pools have the same Deployment');
    expect(said).toContain('has 1 problem');
  });
});
