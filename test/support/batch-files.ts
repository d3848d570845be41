import OpenAI, { toFile } from 'openai';
import type { Batch } from 'openai/resources/batches';
import { eventually } from './eventually.js';
import type { Stack } from './stack.js';

export interface ResultRow {
  readonly id: string;
  readonly custom_id: string;
  readonly response: { status_code: number; request_id: string; body: Record<string, unknown> } | null;
  readonly error: { code: string; message: string } | null;
}

/** One line of a batch's input. */
export const inputLine = (
  customId: string,
  body: Record<string, unknown> = {},
  url = '/v1/chat/completions',
) =>
  JSON.stringify({
    custom_id: customId,
    method: 'POST',
    url,
    body: { model: 'gpt-4o', messages: [{ role: 'user', content: customId }], ...body },
  });

export const upload = (client: OpenAI, lines: readonly string[]) =>
  toFile(Buffer.from(lines.join('\n')), 'input.jsonl').then((file) =>
    client.files.create({ file, purpose: 'batch' }),
  );

/** A batch of these lines, just made. */
export async function startBatch(
  client: OpenAI,
  lines: readonly string[],
  completionWindow = '24h',
): Promise<Batch> {
  const file = await upload(client, lines);
  return client.batches.create({
    input_file_id: file.id,
    endpoint: '/v1/chat/completions',
    completion_window: completionWindow as '24h',
    metadata: { team: 'search' },
  });
}

export const ended = (client: OpenAI, id: string, withinMs = 60_000): Promise<Batch> =>
  eventually(
    `batch ${id} to end`,
    async () => {
      const batch = await client.batches.retrieve(id);
      return ['completed', 'failed', 'expired', 'cancelled'].includes(batch.status) ? batch : null;
    },
    { withinMs, everyMs: 100 },
  );

/** The lines of a result file; none without a file. */
export async function rowsOf(client: OpenAI, fileId: string | null | undefined): Promise<ResultRow[]> {
  if (fileId === null || fileId === undefined) return [];
  const text = await (await client.files.content(fileId)).text();
  return text
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line) as ResultRow);
}

/** A stack's tables are made by the worker that tells, which starts last. */
export const tablesOf = (stack: Stack): Promise<unknown> =>
  eventually('the tables to be there', () => stack.query('SELECT 1 FROM batches LIMIT 1'), {
    withinMs: 30_000,
    everyMs: 100,
  });
