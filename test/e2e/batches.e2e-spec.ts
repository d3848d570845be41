import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import OpenAI from 'openai';
import { ended, inputLine, rowsOf, startBatch, upload, tablesOf } from '../support/batch-files.js';
import { eventually } from '../support/eventually.js';
import { answer } from '../support/openai-answers.js';
import { fault } from '../support/openai-faults.js';
import { OpenAiServer } from '../support/openai-server.js';
import { Stack } from '../support/stack.js';

const CONFIG = {
  tiers: { anonymous: { requests: { per_minute: 10, burst: 10 }, concurrent: { max: 40 } } },
};

let model: OpenAiServer;
let stack: Stack;
let callers = 0;

const client = (): OpenAI => {
  callers++;
  return new OpenAI({ baseURL: `${stack.url()}/v1`, apiKey: `sk-${process.pid}-${callers}`, maxRetries: 0 });
};
const numbered = (count: number): string[] =>
  Array.from({ length: count }, (_, at) => inputLine(`line-${at}`));
const mostAtOnce = { now: 0, most: 0 };

beforeAll(async () => {
  model = await OpenAiServer.start();
  const backends = [{ id: 'model', kind: 'openai', url: model.url, models: ['gpt-*'], max_connections: 100 }];
  stack = await Stack.start({
    isTelling: true,
    config: { ...CONFIG, backends },
    env: { WORKER_SLOTS: '50' },
  });
  await tablesOf(stack);
}, 90_000);
afterAll(async () => {
  await stack.stop();
  await model.stop();
});
beforeEach(() => {
  model.forget();
  model.usual = answer();
});

describe('a batch', () => {
  it('answers every line once, in OpenAI’s format, past the rates of its tenant and within half of its jobs', async () => {
    model.usual = async (response, call) => {
      mostAtOnce.most = Math.max(mostAtOnce.most, ++mostAtOnce.now);
      await answer({ latencyMs: 20 })(response, call);
      mostAtOnce.now--;
    };
    const sdk = client();
    const lines = numbered(300);
    lines[7] = inputLine('no-messages', { messages: [] });
    lines[8] = inputLine('streamed', { stream: true, stream_options: { include_usage: true } });
    const made = await startBatch(sdk, lines);
    expect(made).toMatchObject({
      object: 'batch',
      endpoint: '/v1/chat/completions',
      completion_window: '24h',
      errors: null,
      output_file_id: null,
      metadata: { team: 'search' },
      request_counts: { completed: 0, failed: 0 },
    });
    expect((made.expires_at ?? 0) - made.created_at).toBe(24 * 3_600);
    const batch = await ended(sdk, made.id);
    expect(batch).toMatchObject({
      status: 'completed',
      request_counts: { total: 300, completed: 299, failed: 1 },
    });
    const rows = await rowsOf(sdk, batch.output_file_id);
    const wanted = lines.map((line) => (JSON.parse(line) as { custom_id: string }).custom_id);
    expect(rows.map((row) => row.custom_id).sort()).toEqual(
      wanted.filter((id) => id !== 'no-messages').sort(),
    );
    expect(rows.find((row) => row.custom_id === 'streamed')).toEqual({
      id: expect.stringMatching(/^batch_req_/),
      custom_id: 'streamed',
      response: {
        status_code: 200,
        request_id: expect.stringMatching(/^req_/),
        body: expect.objectContaining({ object: 'chat.completion', model: 'gpt-4o' }),
      },
      error: null,
    });
    expect(await rowsOf(sdk, batch.error_file_id)).toEqual([
      expect.objectContaining({
        custom_id: 'no-messages',
        response: {
          status_code: 400,
          request_id: expect.stringMatching(/^req_/),
          body: { error: expect.objectContaining({ code: 'invalid_value', param: 'messages' }) },
        },
        error: null,
      }),
    ]);
    expect(model.calls).toHaveLength(299);
    expect(mostAtOnce.most).toBeLessThanOrEqual(20);
    const [file] = (await sdk.files.list({ purpose: 'batch_output', limit: 1 })).data;
    expect(file).toMatchObject({ purpose: 'batch_output', object: 'file' });
  });

  it('puts what its backend refused into the error file, in the backend’s own words', async () => {
    model.next(fault.status(400));
    const sdk = client();
    const batch = await ended(sdk, (await startBatch(sdk, [inputLine('bad')])).id);
    expect(batch).toMatchObject({ status: 'completed', output_file_id: null });
    const [row] = await rowsOf(sdk, batch.error_file_id);
    expect(row?.response?.status_code).toBe(400);
    expect(row?.response?.body).toHaveProperty('error.message');
  });

  it('fails as a whole, before anything of it runs, with the number of each bad line', async () => {
    const sdk = client();
    const lines = [inputLine('a'), '{"custom_id":', inputLine('a'), inputLine('b', {}, '/v1/embeddings')];
    const batch = await ended(sdk, (await startBatch(sdk, lines)).id);
    expect(batch).toMatchObject({ status: 'failed', output_file_id: null, error_file_id: null });
    expect(batch.errors?.data?.map(({ code, line }) => ({ code, line }))).toEqual([
      { code: 'invalid_json_line', line: 2 },
      { code: 'duplicate_custom_id', line: 3 },
      { code: 'invalid_url', line: 4 },
    ]);
    expect(model.calls).toHaveLength(0);
  });

  it('that is cancelled keeps what is finished, aborts what runs and says of the rest that it was cancelled', async () => {
    model.usual = async (response, call) => {
      if (model.calls.length > 30) return;
      await answer()(response, call);
    };
    const sdk = client();
    const made = await startBatch(sdk, numbered(100));
    await eventually('lines that hang', () => (model.calls.length >= 50 ? true : null), { withinMs: 20_000 });
    expect((await sdk.batches.cancel(made.id)).status).toBe('cancelling');
    const batch = await ended(sdk, made.id);
    expect(batch).toMatchObject({
      status: 'cancelled',
      request_counts: { total: 100, completed: 30, failed: 70 },
    });
    expect(await rowsOf(sdk, batch.output_file_id)).toHaveLength(30);
    const codes = (await rowsOf(sdk, batch.error_file_id)).map(({ error }) => error?.code);
    expect(codes).toEqual(Array.from({ length: 70 }, () => 'batch_cancelled'));
    await eventually('the backend to see the aborts', () =>
      model.calls.every((call) => call.isAnswered || call.abortedAfterMs !== null) ? true : null,
    );
    await expect(sdk.batches.cancel(made.id)).rejects.toMatchObject({ status: 409, code: 'batch_final' });
  });

  it('whose window ends keeps what is finished and says of the rest that it expired', async () => {
    model.usual = async (response, call) => {
      if (model.calls.length > 5) return;
      await answer()(response, call);
    };
    const sdk = client();
    const batch = await ended(sdk, (await startBatch(sdk, numbered(40), '3s')).id);
    expect(batch).toMatchObject({
      status: 'expired',
      request_counts: { total: 40, completed: 5, failed: 35 },
    });
    const codes = (await rowsOf(sdk, batch.error_file_id)).map(({ error }) => error?.code);
    expect(codes).toEqual(Array.from({ length: 35 }, () => 'batch_expired'));
  });

  it('is as unknown to another tenant as one that never was', async () => {
    const [sdk, other] = [client(), client()];
    const made = await startBatch(sdk, numbered(1));
    const unknown = { status: 404, code: 'batch_not_found' };
    await expect(other.batches.retrieve(made.id)).rejects.toMatchObject(unknown);
    await expect(other.batches.cancel(made.id)).rejects.toMatchObject(unknown);
    expect((await other.batches.list()).data).toEqual([]);
    await expect(
      other.batches.create({
        input_file_id: made.input_file_id,
        endpoint: '/v1/chat/completions',
        completion_window: '24h',
      }),
    ).rejects.toMatchObject({ status: 404, code: 'file_not_found' });
    await ended(sdk, made.id);
  });

  it('is listed newest first, page by page', async () => {
    const sdk = client();
    const file = await upload(sdk, numbered(1));
    const ids: string[] = [];
    for (const endpoint of ['/v1/chat/completions', '/v1/embeddings', '/v1/completions'] as const) {
      const made = await sdk.batches.create({ input_file_id: file.id, endpoint, completion_window: '24h' });
      ids.unshift(made.id);
    }
    const listed: string[] = [];
    for await (const { id } of sdk.batches.list({ limit: 2 })) listed.push(id);
    expect(listed).toEqual(ids);
  });
});
