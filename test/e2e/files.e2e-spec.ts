import { readdirSync, statSync } from 'node:fs';
import { connect } from 'node:net';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import OpenAI, { toFile } from 'openai';
import { inputLine, upload, tablesOf } from '../support/batch-files.js';
import { eventually } from '../support/eventually.js';
import { Stack } from '../support/stack.js';

const FILE_BYTES_MAX = 100 * 1024 * 1024;

let stack: Stack;
let callers = 0;

const client = (): OpenAI => {
  callers++;
  return new OpenAI({ baseURL: `${stack.url()}/v1`, apiKey: `sk-${process.pid}-${callers}`, maxRetries: 0 });
};
const onDisk = (): string[] => readdirSync(path.join(stack.directory, 'files'));

beforeAll(async () => {
  stack = await Stack.start({ workers: 0, isTelling: true });
  await tablesOf(stack);
}, 90_000);
afterAll(() => stack.stop());

describe('a file', () => {
  it('comes back as it was sent, is listed, and is gone when it is deleted', async () => {
    const sdk = client();
    const lines = [inputLine('a'), inputLine('ü')];
    const file = await upload(sdk, lines);
    expect(file).toMatchObject({
      object: 'file',
      bytes: Buffer.byteLength(lines.join('\n')),
      filename: 'input.jsonl',
      purpose: 'batch',
      status: 'processed',
    });
    expect((file.expires_at ?? 0) - file.created_at).toBe(30 * 24 * 3_600);
    expect(await sdk.files.retrieve(file.id)).toEqual(file);
    expect(await (await sdk.files.content(file.id)).text()).toBe(lines.join('\n'));
    const second = await upload(sdk, lines);
    const listed: string[] = [];
    for await (const { id } of sdk.files.list({ limit: 1 })) listed.push(id);
    expect(listed).toEqual([second.id, file.id]);
    expect(await sdk.files.delete(file.id)).toEqual({ id: file.id, object: 'file', deleted: true });
    await expect(sdk.files.retrieve(file.id)).rejects.toMatchObject({ status: 404, code: 'file_not_found' });
    await expect(sdk.files.delete(file.id)).rejects.toMatchObject({ status: 404, code: 'file_not_found' });
  });

  it('is refused while the tenant’s files take 10 GiB, and taken when one of them has gone', async () => {
    const sdk = client();
    const { id } = await upload(sdk, [inputLine('a')]);
    await stack.query('UPDATE files SET bytes = 10737418240 WHERE id = $1', [id]);
    await expect(upload(sdk, [inputLine('b')])).rejects.toMatchObject({ status: 409, code: 'files_full' });
    await upload(client(), [inputLine('c')]);
    await sdk.files.delete(id);
    await upload(sdk, [inputLine('d')]);
  });

  it('is as unknown to another tenant as one that never was', async () => {
    const { id } = await upload(client(), [inputLine('a')]);
    const other = client();
    const unknown = { status: 404, code: 'file_not_found' };
    await expect(other.files.retrieve(id)).rejects.toMatchObject(unknown);
    await expect(other.files.content(id)).rejects.toMatchObject(unknown);
    await expect(other.files.delete(id)).rejects.toMatchObject(unknown);
    expect((await other.files.list()).data).toEqual([]);
  });

  it('of 100 MiB is taken, a byte more is refused and leaves nothing', async () => {
    const sdk = client();
    const before = onDisk().length;
    const whole = Buffer.alloc(FILE_BYTES_MAX, 'x');
    const taken = await sdk.files.create({ file: await toFile(whole, 'whole.jsonl'), purpose: 'batch' });
    expect(taken.bytes).toBe(FILE_BYTES_MAX);
    expect(statSync(path.join(stack.directory, 'files', taken.id)).size).toBe(FILE_BYTES_MAX);
    const larger = Buffer.alloc(FILE_BYTES_MAX + 1, 'x');
    await expect(
      sdk.files.create({ file: await toFile(larger, 'larger.jsonl'), purpose: 'batch' }),
    ).rejects.toMatchObject({ status: 413, code: 'file_too_large' });
    expect(onDisk()).toHaveLength(before + 1);
    await sdk.files.delete(taken.id);
  });

  it.each([
    ['another purpose', 'assistants', 'purpose'],
    ['nothing in it', 'batch', 'file'],
  ])('with %s is refused and leaves nothing', async (what, purpose, param) => {
    const before = onDisk().length;
    const file = await toFile(Buffer.from(what === 'nothing in it' ? '' : '{}'), 'a.jsonl');
    await expect(client().files.create({ file, purpose: purpose as 'batch' })).rejects.toMatchObject({
      status: 400,
      code: 'invalid_value',
      param,
    });
    expect(onDisk()).toHaveLength(before);
  });

  it('whose sender vanishes leaves nothing', async () => {
    const before = onDisk().length;
    const port = Number(new URL(stack.url()).port);
    const socket = connect(port, '127.0.0.1');
    socket.write(
      'POST /v1/files HTTP/1.1\r\nhost: a\r\ncontent-type: multipart/form-data; boundary=b\r\ncontent-length: 100000\r\n\r\n' +
        '--b\r\ncontent-disposition: form-data; name="file"; filename="a"\r\n\r\n' +
        'x'.repeat(5_000),
    );
    await eventually('the upload to begin', () => (onDisk().length > before ? true : null));
    socket.destroy();
    await eventually('nothing to be left', () => (onDisk().length === before ? true : null));
  });

  it('goes to its own route alone, and its route takes nothing else', async () => {
    const form = new FormData();
    form.set('file', new Blob(['{}']), 'a.jsonl');
    const elsewhere = await fetch(`${stack.url()}/generate`, { method: 'POST', body: form });
    expect(elsewhere.status).toBe(415);
    const json = await fetch(`${stack.url()}/v1/files`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: '{}',
    });
    expect(json.status).toBe(415);
  });
});
