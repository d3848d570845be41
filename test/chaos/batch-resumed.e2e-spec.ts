import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import OpenAI from 'openai';
import { ended, inputLine, rowsOf, startBatch, tablesOf } from '../support/batch-files.js';
import { eventually } from '../support/eventually.js';
import { answer } from '../support/openai-answers.js';
import { OpenAiServer } from '../support/openai-server.js';
import { Stack } from '../support/stack.js';

const LINES = 400;
const FINISHED_BEFORE = 120;
const SLOTS = 10;

let model: OpenAiServer;
let stack: Stack;
/** The API that the first test kills. */
let killed = 0;

beforeAll(async () => {
  model = await OpenAiServer.start();
  model.usual = answer({ latencyMs: 50 });
  const backends = [{ id: 'model', kind: 'openai', url: model.url, models: ['gpt-*'] }];
  stack = await Stack.start({
    apis: 2,
    workers: 2,
    isTelling: true,
    config: { tiers: { anonymous: {} }, backends },
    env: { WORKER_SLOTS: String(SLOTS) },
  });
  await tablesOf(stack);
}, 90_000);
afterAll(async () => {
  await stack.stop();
  await model.stop();
});

const client = (api: number): OpenAI =>
  new OpenAI({ baseURL: `${stack.url(api)}/v1`, apiKey: 'sk-batch', maxRetries: 0 });

/** The `custom_id`s of the lines whose results are on the disk, in the parts of all feeders. */
function finished(id: string): string[] {
  const parts = path.join(stack.directory, 'files/batches', id);
  return readdirSync(parts)
    .map((name) => readFileSync(path.join(parts, name), 'utf8').split('\n').slice(0, -1))
    .flat()
    .map((line) => (JSON.parse(line.slice(line.indexOf('\t') + 1)) as { custom_id: string }).custom_id);
}

/** The API that works on the only batch, and one that does not. */
async function feederAndOther(apis: readonly number[]): Promise<[number, number]> {
  const pages = await Promise.all(apis.map(async (at) => (await fetch(`${stack.url(at)}/metrics`)).text()));
  const feeds = pages.map((page) => /^sluice_batches\{[^}]*\} 1$/m.test(page));
  expect([...feeds].sort()).toEqual([false, true]);
  return [apis[feeds.indexOf(true)] ?? 0, apis[feeds.indexOf(false)] ?? 0];
}

const callsOf = (): Map<string, number> => {
  const calls = new Map<string, number>();
  for (const { body } of model.calls) {
    const [message] = body['messages'] as { content: string }[];
    const line = message?.content ?? '';
    calls.set(line, (calls.get(line) ?? 0) + 1);
  }
  return calls;
};

describe('a batch whose API and a worker of whose lines are killed', () => {
  it('is finished by another API: no line is missing or doubled, and no finished line ran again', async () => {
    const wanted = Array.from({ length: LINES }, (_, at) => `line-${at}`);
    const { id } = await startBatch(
      client(0),
      wanted.map((line) => inputLine(line)),
    );
    await eventually(
      'lines to be finished',
      () => (model.calls.length > FINISHED_BEFORE && finished(id).length >= FINISHED_BEFORE ? true : null),
      { withinMs: 60_000 },
    );
    const [feeder, other] = await feederAndOther([0, 1]);
    killed = feeder;
    await Promise.all([stack.apis[feeder]?.kill(), stack.workers[0]?.kill()]);
    const before = finished(id);
    expect(before.length).toBeLessThan(LINES);

    const batch = await ended(client(other), id, 120_000);
    expect(batch).toMatchObject({
      status: 'completed',
      request_counts: { total: LINES, completed: LINES, failed: 0 },
    });
    const rows = await rowsOf(client(other), batch.output_file_id);
    expect(rows.map((row) => row.custom_id).sort()).toEqual([...wanted].sort());
    const calls = callsOf();
    expect([...calls.keys()].sort()).toEqual([...wanted].sort());
    expect(before.filter((line) => calls.get(line) !== 1)).toEqual([]);
    // What the killed worker was at when it was killed; all else ran once.
    expect([...calls.values()].filter((count) => count > 1).length).toBeLessThanOrEqual(SLOTS);
  });
});

describe('a batch whose API is told to stop', () => {
  it('is taken by another one before its lease would have ended, and every line runs once', async () => {
    stack.apis.push(await stack.startApi());
    const living = stack.apis.map((_, at) => at).filter((at) => at !== killed);
    model.forget();
    const wanted = Array.from({ length: LINES }, (_, at) => `again-${at}`);
    const { id } = await startBatch(
      client(living[0] ?? 0),
      wanted.map((line) => inputLine(line)),
    );
    await eventually('lines to be called', () => (model.calls.length > 50 ? true : null), {
      withinMs: 60_000,
    });
    const [feeder, other] = await feederAndOther(living);
    const stopped = stack.apis[feeder]?.stop(35_000);
    const look = stack.look();
    // The lease is renewed every 5 s for 15 s.
    await eventually(
      'another API to have the lease',
      async () => ((await look.get(`{sluice}:batch:${id}:epoch`)) === '2' ? true : null),
      { withinMs: 9_000 },
    );
    look.disconnect();
    const batch = await ended(client(other), id, 120_000);
    expect(batch.request_counts).toEqual({ total: LINES, completed: LINES, failed: 0 });
    const rows = await rowsOf(client(other), batch.output_file_id);
    expect(rows.map((row) => row.custom_id).sort()).toEqual([...wanted].sort());
    expect([...callsOf()].filter(([, count]) => count !== 1)).toEqual([]);
    await stopped;
  });
});
