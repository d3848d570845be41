// Measures one large batch from its upload to its files: `npm run build && node dist/bench/batch.js [--lines 50000]`. It prints
// lines a second and the API's memory, and takes some minutes.
import { chmodSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { z } from 'zod';
import { startPostgres } from '#scripts/local/postgres.js';
import { startRedis } from '#scripts/local/redis.js';
import { startSluice } from './sluice-stand.js';

const ROOT = path.dirname(path.dirname(fileURLToPath(import.meta.url)));
const GRACE_MS = 35_000;
const MIB = 1024 * 1024;

/** Nobody else works here, and nothing is limited: one batch has its 64 lines in flight. */
const CONFIG = { pools: { default: { models: ['*'], queued_max: 100_000 } }, tiers: { anonymous: {} } };

const uploaded = z.object({ id: z.string(), bytes: z.number() });
const batchView = z.object({
  id: z.string(),
  status: z.string(),
  output_file_id: z.string().nullable(),
  request_counts: z.object({ total: z.number(), completed: z.number(), failed: z.number() }),
});
type BatchView = z.infer<typeof batchView>;

const endings: (() => Promise<void>)[] = [];

/** The API of a Sluice of its own. */
async function startStand(home: string): Promise<{ url: string; pid: number }> {
  const postgres = await startPostgres({ directory: path.join(home, 'postgres'), fast: true });
  endings.push(() => postgres.stop());
  const redis = await startRedis({ directory: path.join(home, 'redis') });
  endings.push(() => redis.stop());
  await postgres.createDatabase('sluice');
  const configFile = path.join(home, 'sluice.config.yaml');
  writeFileSync(configFile, JSON.stringify(CONFIG));
  const { api, all } = await startSluice({
    name: 'batch',
    root: ROOT,
    home,
    redisUrl: redis.url,
    databaseUrl: postgres.url('sluice'),
    configFile,
    env: { FILES_DIR: path.join(home, 'files') },
    signal: new AbortController().signal,
  });
  for (const each of all) endings.push(() => each.stop(GRACE_MS));
  return { url: `http://127.0.0.1:${api.port}/v1`, pid: api.pid };
}

/** Resident memory of a process, in MiB (proc(5)). */
function residentMib(pid: number): number {
  const [, pages = '0'] = readFileSync(`/proc/${pid}/statm`, 'utf8').split(' ');
  return (Number(pages) * 4_096) / MIB;
}

function inputOf(lines: number): Blob {
  const body = { model: 'sim-instant', max_tokens: 16 };
  const line = (at: number): string =>
    JSON.stringify({
      custom_id: `line-${at}`,
      method: 'POST',
      url: '/v1/chat/completions',
      body: { ...body, messages: [{ role: 'user', content: `Say the number ${at}.` }] },
    });
  return new Blob([Array.from({ length: lines }, (_, at) => line(at)).join('\n')]);
}

async function ask(url: string, init: RequestInit = {}): Promise<unknown> {
  const response = await fetch(url, init);
  if (!response.ok) throw new Error(`${url} answered ${response.status}: ${await response.text()}`);
  return response.json();
}

async function startBatch(url: string, lines: number): Promise<BatchView> {
  const form = new FormData();
  form.set('purpose', 'batch');
  form.set('file', inputOf(lines), 'input.jsonl');
  const file = uploaded.parse(await ask(`${url}/files`, { method: 'POST', body: form }));
  console.log(`Uploaded ${lines} lines, ${(file.bytes / MIB).toFixed(1)} MiB.`);
  return batchView.parse(
    await ask(`${url}/batches`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({
        input_file_id: file.id,
        endpoint: '/v1/chat/completions',
        completion_window: '24h',
      }),
    }),
  );
}

async function main(): Promise<void> {
  const { values } = parseArgs({ options: { lines: { type: 'string', default: '50000' } } });
  const home = mkdtempSync(path.join(tmpdir(), 'sluice-batch-'));
  chmodSync(home, 0o711);
  endings.push(async () => rmSync(home, { recursive: true, force: true }));
  const { url, pid } = await startStand(home);
  // The tables may not be there yet.
  for (let at = 0; at < 100 && !(await fetch(`${url}/files`)).ok; at++) await pause(100);
  const before = residentMib(pid);
  const began = performance.now();
  let batch = await startBatch(url, Number(values.lines));
  let most = before;
  let toldAt = began;
  while (!['completed', 'failed', 'expired', 'cancelled'].includes(batch.status)) {
    await pause(500);
    batch = batchView.parse(await ask(`${url}/batches/${batch.id}`));
    most = Math.max(most, residentMib(pid));
    if (performance.now() - toldAt < 10_000) continue;
    toldAt = performance.now();
    const { completed, failed } = batch.request_counts;
    console.log(`${completed + failed} lines after ${seconds(began)} s, ${residentMib(pid).toFixed(0)} MiB`);
  }
  const { total, completed, failed } = batch.request_counts;
  const rate = (total / Number(seconds(began))).toFixed(0);
  console.log(
    `${batch.status}: ${completed} of ${total} lines, ${failed} failed, in ${seconds(began)} s: ${rate} lines/s`,
  );
  console.log(
    `Memory of the API: ${before.toFixed(0)} MiB before, at most ${most.toFixed(0)} MiB, ${residentMib(pid).toFixed(0)} MiB after.`,
  );
  const content = await fetch(`${url}/files/${batch.output_file_id}/content`);
  const lines = (await content.text()).trimEnd().split('\n');
  const ids = new Set(
    lines.map((line) => z.object({ custom_id: z.string() }).parse(JSON.parse(line)).custom_id),
  );
  console.log(`The output has ${lines.length} lines of ${ids.size} requests.`);
}

const seconds = (began: number): string => ((performance.now() - began) / 1_000).toFixed(1);

try {
  await main();
} finally {
  for (const end of endings.reverse()) await end();
}
