import { readFileSync } from 'node:fs';
import { describe, expect, it } from '@jest/globals';
import type { DockerConfig } from '#common/config/scaling-config.js';
import { containerFor } from './container-plan.js';

/**
 * What the socket proxy of docker-compose.yml lets through. JavaScript has no possessive quantifiers, which only save time: one
 * character at a time takes none.
 */
const [line = ''] = readFileSync(
  new URL('../../../../../deploy/compose/create-container.lst', import.meta.url),
  'utf8',
)
  .split('\n')
  .filter((text) => text !== '' && !text.startsWith('#'));
const pattern = new RegExp(line.replaceAll(String.raw`[^"\\]++`, String.raw`[^"\\]`).replaceAll('*+', '*'));

const TEXT = 'pools:\n  default: { models: ["*"] } # \\ "quoted"\n';

function bodyWith(docker: Partial<DockerConfig>): string {
  const plan = {
    pool: 'default',
    slots: 4,
    redisUrl: 'redis://:0a1b@redis:6379',
    deployment: 'a1',
    docker: { image: 'sluice-worker', network: 'sluice_work', env: {}, mounts: [], ...docker },
    handedOn: { SLUICE_CONFIG_TEXT: TEXT },
  };
  const container = {
    name: 'sluice-default-0123456789',
    imageId: `sha256:${'0f'.repeat(32)}`,
    spec: '0123456789abcdef',
    epoch: 3,
    bornMs: 1_764_000_000_000,
  };
  const { name, ...body } = containerFor(plan, container);
  expect(name).toMatch(/^sluice-[a-z0-9-]+$/);
  return JSON.stringify(body);
}

describe('the socket proxy of docker-compose.yml', () => {
  it.each([{}, { cpus: 0.5 }, { memory_mb: 512 }, { cpus: 1, memory_mb: 512, env: { SIMULATOR_SEED: '7' } }])(
    'lets through a container that the driver makes with %j',
    (docker) => {
      expect(bodyWith(docker)).toMatch(pattern);
    },
  );

  it.each([{ mounts: ['/:/machine'] }, { network: 'host' }, { network: 'container:redis_work' }])(
    'lets through none with %j',
    (docker) => {
      expect(bodyWith(docker)).not.toMatch(pattern);
    },
  );

  it.each([
    ['privileges', '"Binds":[]', '"Binds":[],"Privileged":true'],
    ['a mount that hides behind another spelling', '"Binds":[]', '"Binds":[],"binds":["/:/machine"]'],
    ['capabilities', '"CapDrop":["ALL"]', '"CapDrop":[]'],
    ['a root that can be written', '"ReadonlyRootfs":true', '"ReadonlyRootfs":false'],
    ['a command', '{"Image"', '{"Cmd":["sh"],"Image"'],
    ['something after its end', /$/, '{}'],
    ['an image by name', /sha256:[0-9a-f]{64}/, 'debian'],
  ])('lets through none with %s', (_, what, instead) => {
    const body = bodyWith({});
    expect(body).toMatch(what);
    expect(body.replace(what, instead)).not.toMatch(pattern);
  });
});
