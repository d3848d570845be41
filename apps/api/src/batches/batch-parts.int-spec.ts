import { appendFileSync, existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { mintBatchId } from '#common/contracts/ids.js';
import { Metrics } from '#common/observability/metrics.js';
import { DiskFiles } from '../files/disk-files.js';
import { BatchParts } from './batch-parts.js';
import type { StoredBatch } from './batches.ledger.js';
import { DoneLines } from './done-lines.js';
import { MergeParts } from './merge-parts.js';

const never = new AbortController().signal;
let directory: string;
let parts: BatchParts;
let merge: MergeParts;
let id: string;

beforeEach(() => {
  directory = mkdtempSync(path.join(tmpdir(), 'sluice-parts-'));
  parts = new BatchParts(path.join(directory, 'batches'));
  merge = new MergeParts(new DiskFiles(directory), parts, 1_000);
  id = mintBatchId();
});
afterEach(() => {
  rmSync(directory, { recursive: true, force: true });
});

const batch = (linesTotal: number) => ({ id, tenant: 't', linesTotal }) as StoredBatch;
const writer = (epoch: number, holder = `h${epoch}`) => parts.writer(id, { epoch, holder });
const text = (fileId: string | undefined) =>
  fileId === undefined ? null : readFileSync(path.join(directory, fileId), 'utf8');
const files = () => readdirSync(directory).filter((name) => name.startsWith('file-'));

describe('the parts of a batch', () => {
  it('become one file of answers and one of errors, each line once, an answer before an error', async () => {
    const [first, second] = [writer(1), writer(2)];
    await first.append('output', [
      { index: 0, text: 'a' },
      { index: 2, text: 'c' },
    ]);
    await first.append('errors', [{ index: 1, text: 'error of b' }]);
    await second.append('output', [
      { index: 2, text: 'c again' },
      { index: 1, text: 'b' },
    ]);
    await second.append('errors', [{ index: 3, text: 'error of d' }]);
    // One who was frozen writes late, and to its own part.
    await first.append('errors', [{ index: 2, text: 'error of c' }]);
    await Promise.all([first.close(), second.close()]);
    const merged = await merge.execute(batch(4), never);
    expect(merged.counts).toEqual({ completed: 3, failed: 1 });
    expect(text(merged.output?.id)).toBe('a\nc\nb\n');
    expect(text(merged.errors?.id)).toBe('error of d\n');
    expect(merged.output).toMatchObject({ bytes: 6, filename: `${id}_output.jsonl` });
    expect(merged.errors).toMatchObject({ filename: `${id}_error.jsonl` });
  });

  it('hold no line that was torn by a crash: it is fed again', async () => {
    const first = writer(1);
    await first.append('output', [{ index: 0, text: 'a' }]);
    await first.close();
    const [name = ''] = readdirSync(path.join(directory, 'batches', id));
    appendFileSync(path.join(directory, 'batches', id, name), '1\ttor');
    const second = writer(2);
    const done = await DoneLines.read(batch(2), { parts, writer: second, metrics: new Metrics({}) });
    expect([done.has(0), done.has(1), done.isWhole]).toEqual([true, false, false]);
    await done.add([{ kind: 'output', index: 1, text: 'b' }]);
    expect(done.isWhole).toBe(true);
    expect(done.total).toEqual({ completed: 2, failed: 0 });
    await second.close();
    expect(text((await merge.execute(batch(2), never)).output?.id)).toBe('a\nb\n');
  });

  it('take no line after one that could not be written', async () => {
    await writer(1, 'same').append('output', [{ index: 0, text: 'a' }]);
    const late = writer(1, 'same');
    await expect(late.append('output', [{ index: 1, text: 'b' }])).rejects.toThrow('EEXIST');
    await expect(late.append('errors', [{ index: 1, text: 'b' }])).rejects.toThrow('EEXIST');
    await late.close();
    expect(readdirSync(path.join(directory, 'batches', id))).toHaveLength(1);
  });

  it('leave nothing of a merge that was interrupted', async () => {
    const first = writer(1);
    await first.append('output', [{ index: 0, text: 'a' }]);
    await first.close();
    await expect(merge.execute(batch(1), AbortSignal.abort())).rejects.toThrow();
    expect(files()).toEqual([]);
  });

  it('are swept once their batch cannot last any more', async () => {
    await writer(1).append('output', [{ index: 0, text: 'a' }]);
    expect(await parts.sweep(60_000)).toBe(0);
    expect(await parts.sweep(-1_000)).toBe(1);
    expect(existsSync(path.join(directory, 'batches', id))).toBe(false);
    expect((await merge.execute(batch(1), never)).output).toBeNull();
  });
});
