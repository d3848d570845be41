import type { Redis } from 'ioredis';
import type { JobRecord } from '#common/contracts/job-record.js';
import { Refusal } from '#common/errors/refusal.js';
import { keys } from '#common/redis/keys.js';
import type { JobRecords } from '#common/settlement/job-records.js';
import type { FileStore } from '../files/file-store.js';
import type { CancelJob } from '../jobs/cancel-job.js';
import { settledRecord } from '#common/jobs/settled-record.js';
import type { StoredBatch } from './batches.ledger.js';
import type { DoneLines } from './done-lines.js';
import { lineKey } from './line-key.js';
import { judgeSettled } from './line.policy.js';
import { taskOfLine } from './line-task.js';
import { persistently } from './persistently.js';
import { type InputLine, readRequests } from './read-requests.js';
import { resultOf, type ResultLine, type UnfinishedCode, unfinishedOf } from './result-line.js';

type RequestLine = InputLine & { readonly kind: 'request' };

/** Looked up at once; their answers are held meanwhile. */
const LINES_AT_ONCE = 50;

export interface Ending {
  readonly batch: StoredBatch;
  readonly done: DoneLines;
  readonly code: UnfinishedCode;
  readonly signal: AbortSignal;
}

/**
 * Gives each unfinished line of a batch its end: the result of its job if it has one, also when the process that submitted it
 * is gone; otherwise its job is cancelled, and the line says why it has no answer.
 */
export class EndLines {
  constructor(
    private readonly redis: Redis,
    private readonly records: JobRecords,
    private readonly cancelJob: CancelJob,
    private readonly files: FileStore,
  ) {}

  /** Throws what the medium of the files throws, and when `signal` fires. */
  async execute(ending: Ending): Promise<void> {
    const { batch, done } = ending;
    // Nothing of it was begun before its lines were known.
    const input = batch.linesTotal === 0 ? null : await this.files.read(batch.inputFileId);
    if (input === null) return;
    let lines: RequestLine[] = [];
    for await (const line of readRequests(input, batch.endpoint)) {
      if (line.kind === 'problem' || done.has(line.index)) continue;
      lines.push(line);
      if (lines.length < LINES_AT_ONCE) continue;
      await this.end(lines, ending);
      lines = [];
    }
    if (lines.length > 0) await this.end(lines, ending);
  }

  private async end(lines: readonly RequestLine[], ending: Ending): Promise<void> {
    const { batch, done, code, signal } = ending;
    const found = await persistently(signal, () => this.recordsOf(batch.id, lines));
    const results: ResultLine[] = [];
    const unfinished: ResultLine[] = [];
    for (const [at, line] of lines.entries()) {
      const result = await persistently(signal, () => this.resultOf(line, found[at] ?? null, batch));
      if (result !== null) results.push(result);
      else unfinished.push(unfinishedOf(refOf(line, batch), code));
    }
    await done.add(results);
    await done.add(unfinished, 'unfinished');
  }

  /** What is known of the job of each line; null where none was ever accepted. */
  private async recordsOf(
    batchId: string,
    lines: readonly RequestLine[],
  ): Promise<readonly (JobRecord | null)[]> {
    const known = await this.redis.mget(
      lines.map(({ index }) => keys.idempotency(lineKey(batchId, index).key)),
    );
    const ids = known.map((text) => text?.split(' ', 1)[0] ?? '');
    return this.records.readMany(ids);
  }

  private async resultOf(
    line: RequestLine,
    record: JobRecord | null,
    batch: StoredBatch,
  ): Promise<ResultLine | null> {
    if (record === null) return null;
    const settled = settledRecord(record);
    if (settled === null) {
      const cancelled = await this.cancelJob.execute(record);
      return cancelled.kind === 'final'
        ? this.resultOf(line, await this.records.read(record.id), batch)
        : null;
    }
    if (settled.status === 'cancelled' || judgeSettled(settled) !== 'answered') return null;
    try {
      const task = taskOfLine(line.request, batch.endpoint);
      return resultOf(refOf(line, batch), { settled, task, requestId: record.request_id });
    } catch (error) {
      if (error instanceof Refusal) return null;
      throw error;
    }
  }
}

const refOf = ({ index, request }: RequestLine, { id, endpoint }: StoredBatch) => ({
  batchId: id,
  endpoint,
  index,
  customId: request.customId,
});
