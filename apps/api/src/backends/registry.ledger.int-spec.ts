import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { Redis } from 'ioredis';
import { type BackendConfig, backendConfig, routeConfig } from '#common/config/backend-config.js';
import { EMPTY_REGISTRY, type Registry } from '#common/contracts/registry.js';
import { migrateDeploy } from '#common/database/migrate.js';
import { migrationsDirectory } from '#common/database/migrations-directory.js';
import { openPrisma, type PrismaClient } from '#common/database/prisma.js';
import { createLogger } from '#common/observability/logger.js';
import { channels, keys } from '#common/redis/keys.js';
import { eventually } from '../../../../test/support/eventually.js';
import { type OwnServers, startOwnServers } from '../../../../test/support/own-servers.js';
import { RegistryLedger } from './registry.ledger.js';
import { RegistryProjection } from './registry-projection.js';
import { RegistryReader } from './registry.reader.js';

const logger = createLogger({ level: 'silent', app: 'api', instance: 'api-1', isPretty: false });

let servers: OwnServers;
let redis: Redis;
let prisma: PrismaClient;
let ledger: RegistryLedger;

beforeAll(async () => {
  servers = await startOwnServers();
  await servers.postgres.createDatabase('sluice');
  await migrateDeploy(servers.postgres.url('sluice'), migrationsDirectory());
  redis = new Redis(servers.redis.url);
  redis.on('error', () => undefined);
  prisma = openPrisma(servers.postgres.url('sluice'), 4);
  ledger = new RegistryLedger(prisma);
});
beforeEach(async () => {
  await prisma.backend.deleteMany();
  await prisma.route.deleteMany();
  await redis.flushall();
});
afterAll(async () => {
  redis.disconnect();
  await prisma.$disconnect();
  await servers.end();
});

const openAi = (id: string, weight = 1): BackendConfig =>
  backendConfig.parse({ id, kind: 'openai', url: 'https://8.8.8.8/v1', weight });
const contents = async () => {
  const { revision: _, ...rest } = await ledger.snapshot();
  return rest;
};
const { revision: _none, ...NOTHING } = EMPTY_REGISTRY;
const added = (id: string) => ({ id, isConfigured: false });
const configured = (id: string) => ({ id, isConfigured: true });

describe('the ledger of backends', () => {
  it('adds each id once, and again after it was removed', async () => {
    expect(await ledger.add(openAi('a'), false)).toBe(true);
    expect(await ledger.add(openAi('a', 2), false)).toBe(false);
    expect(await contents()).toEqual({ ...NOTHING, added: [openAi('a')] });
    expect(await ledger.remove(added('a'))).toBe(true);
    expect(await ledger.remove(added('a'))).toBe(false);
    expect(await contents()).toEqual(NOTHING);
    expect(await ledger.add(openAi('a', 2), false)).toBe(true);
    expect(await contents()).toEqual({ ...NOTHING, added: [openAi('a', 2)] });
  });

  it('adds one of many that come at once', async () => {
    const answers = await Promise.all(
      Array.from({ length: 8 }, (_, at) => ledger.add(openAi('a', at + 1), false)),
    );
    expect(answers.filter(Boolean)).toHaveLength(1);
  });

  it('adds none over a configured one that is in force, and hides it when the added one goes', async () => {
    expect(await ledger.add(openAi('file'), true)).toBe(false);
    expect(await ledger.remove(configured('file'))).toBe(true);
    expect(await contents()).toEqual({ ...NOTHING, removed: ['file'] });
    expect(await ledger.add(openAi('file'), true)).toBe(true);
    expect(await contents()).toEqual({ ...NOTHING, added: [openAi('file')] });
    expect(await ledger.remove(configured('file'))).toBe(true);
    expect(await contents()).toEqual({ ...NOTHING, removed: ['file'] });
    await ledger.restore('file');
    expect(await contents()).toEqual(NOTHING);
  });

  it('says nothing of a backend that is configured under an id once used at run time', async () => {
    await ledger.add(openAi('a'), false);
    await ledger.remove(added('a'));
    expect(await contents()).toEqual(NOTHING);
    expect(await ledger.remove(configured('a'))).toBe(true);
    expect(await contents()).toEqual({ ...NOTHING, removed: ['a'] });
  });

  it('changes what is there, one change upon the other', async () => {
    const weigh = (weight: number, id = 'file') =>
      ledger.change(configured(id), (kept) =>
        kept.standing === 'added'
          ? { ...kept, config: { ...kept.config, weight } }
          : { ...kept, change: { ...kept.change, weight } },
      );
    await ledger.change(configured('file'), () => ({ standing: 'configured', change: { priority: 3 } }));
    await weigh(2);
    expect(await contents()).toEqual({ ...NOTHING, changed: { file: { priority: 3, weight: 2 } } });
    await ledger.add(openAi('a'), false);
    await weigh(9, 'a');
    expect(await contents()).toMatchObject({ added: [{ id: 'a', weight: 9 }] });
    expect(await ledger.change(added('nobody'), (kept) => kept)).toBeNull();
    await ledger.remove(configured('file'));
    expect(await weigh(4)).toBeNull();
  });

  it('writes nothing when a change is refused', async () => {
    await ledger.add(openAi('a'), false);
    const before = await ledger.snapshot();
    const refuse = () => {
      throw new Error('refused');
    };
    await expect(ledger.change(added('a'), refuse)).rejects.toThrow('refused');
    expect(await ledger.snapshot()).toEqual(before);
  });

  it('keeps routes by pattern, and forgets those that were taken back', async () => {
    const [cost, sticky] = [
      routeConfig.parse({ strategy: 'cost' }),
      routeConfig.parse({ strategy: 'sticky' }),
    ];
    await ledger.setRoute('gpt-*', cost);
    await ledger.setRoute('gpt-*', sticky);
    await ledger.setRoute('org/model', cost);
    expect(await contents()).toEqual({ ...NOTHING, routes: { 'gpt-*': sticky, 'org/model': cost } });
    expect(await ledger.unsetRoute('gpt-*')).toBe(true);
    expect(await ledger.unsetRoute('gpt-*')).toBe(false);
    expect(await contents()).toEqual({ ...NOTHING, routes: { 'org/model': cost } });
  });

  it('gives every change a greater revision, also the removals, and many at once', async () => {
    const revisions: number[] = [];
    const note = async () => revisions.push((await ledger.snapshot()).revision);
    await note();
    for (const step of [
      () => ledger.add(openAi('a'), false),
      () => ledger.remove(added('a')),
      () => ledger.setRoute('x', routeConfig.parse({})),
      () => ledger.unsetRoute('x'),
      () =>
        Promise.all(Array.from({ length: 8 }, (_, at) => ledger.setRoute(`m${at}`, routeConfig.parse({})))),
    ]) {
      await step();
      await note();
    }
    expect(revisions).toEqual([...new Set(revisions)].sort((one, other) => one - other));
    const rows = await prisma.route.findMany();
    expect(new Set(rows.map(({ revision }) => revision)).size).toBe(rows.length);
  });

  it('leaves out what it cannot read, and keeps the rest', async () => {
    await ledger.add(openAi('a'), false);
    await ledger.add(openAi('b'), false);
    await prisma.backend.update({ where: { id: 'a' }, data: { config: { kind: 'of a later release' } } });
    expect(await contents()).toEqual({ ...NOTHING, added: [openAi('b')] });
  });
});

describe('the projection of the registry', () => {
  const project = (snapshot: () => Promise<Registry>) =>
    new RegistryProjection({ ledger: { snapshot }, redis, logger });
  const read = () => new RegistryReader(redis).read();
  const at = (revision: number, id: string): Registry => ({
    ...EMPTY_REGISTRY,
    revision,
    added: [openAi(id)],
  });

  it('brings what the ledger holds to Redis, and tells it', async () => {
    const subscriber = redis.duplicate();
    const told: string[] = [];
    subscriber.on('message', (_, message: string) => told.push(message));
    await subscriber.subscribe(channels.registry);
    await ledger.add(openAi('a'), false);
    const projection = project(() => ledger.snapshot());
    expect(await projection.project()).toBe(true);
    const { revision } = await ledger.snapshot();
    expect(await read()).toEqual({ ...EMPTY_REGISTRY, revision, added: [openAi('a')] });
    await eventually('the message', () => (told.length > 0 ? true : null));
    await projection.project();
    await redis.ping();
    expect(told).toEqual([String(revision)]);
    subscriber.disconnect();
  });

  it('never writes an older snapshot over a later one', async () => {
    await project(async () => at(7, 'late')).project();
    await project(async () => at(6, 'early')).project();
    expect(await read()).toEqual(at(7, 'late'));
    await project(async () => at(8, 'later')).project();
    expect(await read()).toEqual(at(8, 'later'));
  });

  it('is repeated until it is done, and again when Redis has lost it', async () => {
    let isAway = true;
    const projection = project(async () => (isAway ? Promise.reject(new Error('away')) : at(3, 'a')));
    projection.start();
    expect(await projection.project()).toBe(false);
    isAway = false;
    await eventually('the projection', async () => redis.get(keys.registry));
    await redis.del(keys.registry);
    await projection.project();
    expect(await read()).toEqual(at(3, 'a'));
    projection.stop();
  });
});
