import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { Redis } from 'ioredis';
import { mintBatchId, mintFileId } from '#common/contracts/ids.js';
import { migrateDeploy } from '#common/database/migrate.js';
import { migrationsDirectory } from '#common/database/migrations-directory.js';
import { openPrisma, type PrismaClient } from '#common/database/prisma.js';
import { keys } from '#common/redis/keys.js';
import { type OwnServers, startOwnServers } from '../../../../test/support/own-servers.js';
import { DiskFiles } from '../files/disk-files.js';
import { OwnFiles } from '../files/own-files.js';
import { FilesLedger, type StoredFile } from '../files/files.ledger.js';
import { identify } from '../identity/identity.js';
import type { BatchLease } from './batch-lease.js';
import { BatchLeases } from './batch-leases.js';
import { BatchesLedger } from './batches.ledger.js';
import { ManageBatches } from './manage-batches.js';

const caller = identify({ key: undefined, userId: 'ada', address: '::1' });
const { tenant } = caller;
const HOUR_MS = 3_600_000;

let servers: OwnServers;
let redis: Redis;
let prisma: PrismaClient;
let batches: BatchesLedger;
let files: FilesLedger;
const taken: BatchLease[] = [];

beforeAll(async () => {
  servers = await startOwnServers();
  await servers.postgres.createDatabase('sluice');
  await migrateDeploy(servers.postgres.url('sluice'), migrationsDirectory());
  redis = new Redis(servers.redis.url);
  prisma = openPrisma(servers.postgres.url('sluice'), 4);
  batches = new BatchesLedger(prisma);
  files = new FilesLedger(prisma);
}, 60_000);
beforeEach(async () => {
  await prisma.batch.deleteMany();
  await prisma.file.deleteMany();
  await redis.flushall();
});
afterEach(async () => {
  for (const lease of taken.splice(0)) await lease.giveBack();
});
afterAll(async () => {
  redis.disconnect();
  await prisma.$disconnect();
  await servers.end();
});

const fileOf = (changes: Partial<StoredFile> = {}): StoredFile => ({
  id: mintFileId(),
  tenant,
  purpose: 'batch_output',
  filename: 'a.jsonl',
  bytes: 5,
  createdAt: new Date(),
  expiresAt: new Date(Date.now() + HOUR_MS),
  ...changes,
});
const add = (inputFileId = 'file-1') =>
  batches.add({
    id: mintBatchId(),
    caller,
    requestId: 'req_1',
    inputFileId,
    endpoint: '/v1/chat/completions',
    completionWindow: '24h',
    createdAt: new Date(),
    expiresAt: new Date(Date.now() + HOUR_MS),
    metadata: { team: 'search' },
  });
const NONE = { counts: { completed: 0, failed: 0 }, output: null, errors: null };

describe('a batch', () => {
  it('is read as it was written, by its owner alone', async () => {
    const made = await add();
    expect(await batches.findOwn(tenant, made.id)).toEqual(made);
    expect(await batches.findOwn('another', made.id)).toBeNull();
    expect(made).toMatchObject({ caller, status: 'validating', errors: null, metadata: { team: 'search' } });
  });

  it('is ended by one of two who would end it, with the files of that one', async () => {
    const { id } = await add();
    expect(await batches.begin(id, 2)).toBe(true);
    expect(await batches.begin(id, 2)).toBe(false);
    expect(await batches.finalize(id)).toBe(true);
    expect(await batches.cancel(id)).toBe(false);
    const ends = await Promise.all(
      [fileOf(), fileOf()].map(async (output) => ({
        output,
        isEnded: await batches.end(id, { ...NONE, status: 'completed', output }),
      })),
    );
    const [winner, ...others] = ends.filter(({ isEnded }) => isEnded);
    expect(others).toEqual([]);
    expect(await batches.find(id)).toMatchObject({ status: 'completed', outputFileId: winner?.output.id });
    expect((await prisma.file.findMany()).map((row) => row.id)).toEqual([winner?.output.id]);
    // Whoever lost the answer asks again.
    expect(await batches.end(id, { ...NONE, status: 'completed', output: winner?.output ?? null })).toBe(
      true,
    );
  });

  it('is refused while its tenant has 100 unfinished ones', async () => {
    const manage = new ManageBatches(redis, new OwnFiles(new DiskFiles('/nowhere'), files), batches);
    const { id: input } = fileOf();
    await files.add(fileOf({ id: input, purpose: 'batch' }));
    const made = await Promise.all(Array.from({ length: 100 }, () => add(input)));
    const create = () =>
      manage.create(
        { input_file_id: input, endpoint: '/v1/chat/completions', completion_window: '24h' },
        { caller, requestId: 'req_1' },
      );
    await expect(create()).rejects.toMatchObject({ code: 'batches_full' });
    await batches.refuse(made[0]?.id ?? '', []);
    expect(await create()).toMatchObject({ status: 'validating' });
    await expect(create()).rejects.toMatchObject({ code: 'batches_full' });
  });

  it('tells no progress once it has ended, and is looked for no more', async () => {
    const { id } = await add();
    await batches.begin(id, 9);
    expect(await batches.progress(id, { completed: 1, failed: 2 })).toBe('in_progress');
    expect(await batches.open()).toEqual([{ id, tenant, status: 'in_progress' }]);
    await batches.cancel(id);
    await batches.end(id, { ...NONE, status: 'cancelled', counts: { completed: 3, failed: 6 } });
    expect(await batches.progress(id, { completed: 1, failed: 2 })).toBeNull();
    expect(await batches.find(id)).toMatchObject({ linesCompleted: 3, linesFailed: 6 });
    expect(await batches.open()).toEqual([]);
  });

  it('that is refused says why, and ends', async () => {
    const { id } = await add();
    const problems = [{ code: 'empty_file', line: null, message: 'x', param: null }];
    expect(await batches.refuse(id, problems)).toBe(true);
    expect(await batches.find(id)).toMatchObject({ status: 'failed', errors: problems });
  });
});

describe('a file', () => {
  it('that is deleted or has expired is unknown to its owner, and removable when no open batch reads it', async () => {
    const [kept, deleted, expired, read] = [
      fileOf(),
      fileOf(),
      fileOf({ expiresAt: new Date(Date.now() - 1) }),
      fileOf(),
    ];
    for (const each of [kept, deleted, expired, read]) await files.add(each);
    expect(await files.remove('another', deleted.id)).toBe(false);
    for (const { id } of [deleted, read]) expect(await files.remove(tenant, id)).toBe(true);
    const { id } = await add(read.id);
    expect(await files.find(tenant, kept.id)).toEqual(kept);
    for (const each of [deleted, expired, read]) expect(await files.find(tenant, each.id)).toBeNull();
    expect((await files.removable(10)).sort()).toEqual([deleted.id, expired.id].sort());
    await batches.refuse(id, []);
    expect(await files.removable(10)).toContain(read.id);
    await files.forget(read.id);
    expect(await files.removable(10)).not.toContain(read.id);
  });
});

describe('the lease of a batch', () => {
  it('is had by one at a time, counts its holders, and can be given back at once', async () => {
    const leases = new BatchLeases(redis);
    const take = async () => {
      const lease = await leases.take('batch_1');
      if (lease !== null) taken.push(lease);
      return lease;
    };
    const all = await Promise.all(Array.from({ length: 10 }, take));
    const [lease, ...others] = all.filter((each) => each !== null);
    expect(others).toEqual([]);
    expect(lease).toMatchObject({ epoch: 1, isHeld: true });
    expect(await redis.pttl(keys.batchLease('batch_1'))).toBeGreaterThan(10_000);
    await lease?.giveBack();
    expect(lease).toMatchObject({ isHeld: false });
    expect(lease?.signal.aborted).toBe(true);
    const next = await take();
    expect(next).toMatchObject({ epoch: 2, isHeld: true });
    // Given back by one who lost it long ago: the next one keeps it.
    await lease?.giveBack();
    expect(await redis.get(keys.batchLease('batch_1'))).toBe(next?.holder);
  });
});
