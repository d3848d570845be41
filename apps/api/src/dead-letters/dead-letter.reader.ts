import type { Redis } from 'ioredis';
import type { GenerationTask } from '#common/contracts/generation.js';
import { ERROR_CODES, type ErrorCode } from '#common/errors/catalogue.js';
import { Refusal } from '#common/errors/refusal.js';
import type { FailedDetail, FailedJobs, FailedRange, FailedRef } from '#common/queue/failed-jobs.js';
import { GIVEN_UP } from '#common/queue/pool-queues.js';
import { keys } from '#common/redis/keys.js';
import type { JobRecords } from '#common/settlement/job-records.js';
import type { DeadLetter, OpenedLetter } from './dead-letter.js';

/** What is known of the jobs in the pools' failed sets. */
export class DeadLetterReader {
  constructor(
    private readonly redis: Redis,
    private readonly failed: FailedJobs,
    private readonly records: JobRecords,
  ) {}

  /** Newest first; `end` is the place after which the next page begins, null when there is none. */
  async page(
    pool: string,
    range: FailedRange,
    atMost: number,
  ): Promise<{ letters: DeadLetter[]; end: FailedRef | null }> {
    const refs = await this.failed.page(pool, range, atMost);
    return { letters: await this.letters(pool, refs), end: refs.at(-1) ?? null };
  }

  /** Null when the pool keeps no such letter. */
  async find(pool: string, id: string): Promise<DeadLetter | null> {
    const ref = await this.failed.find(pool, id);
    const [letter = null] = ref === null ? [] : await this.letters(pool, [ref]);
    return letter;
  }

  /** @throws Refusal dead_letter_not_found. */
  async open(pool: string, id: string): Promise<OpenedLetter> {
    const letter = await this.find(pool, id);
    if (letter === null) throw new Refusal('dead_letter_not_found');
    return { letter, task: await this.task(pool, id) };
  }

  /** Null when the letter is gone, or its payload is none of ours. */
  async task(pool: string, id: string): Promise<GenerationTask | null> {
    const [payload = null] = await this.failed.payloads(pool, [id]);
    return payload?.task ?? null;
  }

  private async letters(pool: string, refs: readonly FailedRef[]): Promise<DeadLetter[]> {
    if (refs.length === 0) return [];
    const ids = refs.map(({ id }) => id);
    const [details, records, unsettled] = await Promise.all([
      this.failed.details(pool, ids),
      this.records.readManySummaries(ids),
      this.redis.zmscore(keys.unsettled, ...ids),
    ]);
    const unknown = ids.filter((_, at) => records[at] === null && details[at] !== null);
    const payloads = await this.failed.payloads(pool, unknown);
    const told = new Map(unknown.map((id, at) => [id, payloads[at] ?? null]));
    return refs.flatMap((ref, at): DeadLetter[] => {
      const detail = details[at] ?? null;
      if (detail === null) return [];
      const record = records[at] ?? null;
      const payload = told.get(ref.id);
      return [
        {
          ...ref,
          pool,
          detail,
          record,
          tenant: record?.tenant ?? payload?.tenant ?? null,
          model: record?.model ?? payload?.task.model ?? null,
          errorCode: record?.outcome?.error_code ?? codeOf(detail),
          isSettled: (unsettled[at] ?? null) === null,
        },
      ];
    });
  }
}

/** What the worker gave BullMQ as its reason. */
function codeOf({ reason }: FailedDetail): ErrorCode {
  if (reason === GIVEN_UP) return 'worker_crashed';
  return ERROR_CODES.find((code) => code === reason) ?? 'internal_error';
}
