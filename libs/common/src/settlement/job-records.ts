import type { ChainableCommander, Redis } from 'ioredis';
import { z } from 'zod';
import { type JobRecord, jobRecord } from '#common/contracts/job-record.js';
import { keys } from '#common/redis/keys.js';

/** Reads job records; only scripts write them. */
export class JobRecords {
  constructor(private readonly redis: Redis) {}

  /** Null when the job is unknown, its retention has passed, or its record cannot be read. */
  async read(id: string): Promise<JobRecord | null> {
    const [record = null] = await this.readMany([id]);
    return record;
  }

  /** Null also for a record that cannot be read: it must not hide the others. */
  async readMany(ids: readonly string[]): Promise<(JobRecord | null)[]> {
    const pipeline = this.redis.pipeline();
    for (const id of ids) pipeline.hgetall(keys.job(id));
    const answers = await this.answers(pipeline, ids.length);
    return ids.map((id, index) => parseRecord(id, answers[index]));
  }

  /** The same without the generated texts, which may be large. */
  async readManySummaries(ids: readonly string[]): Promise<(JobRecord | null)[]> {
    const pipeline = this.redis.pipeline();
    for (const id of ids) pipeline.hmget(keys.job(id), ...SUMMARY_FIELDS);
    const answers = await this.answers(pipeline, ids.length);
    return ids.map((id, index) => {
      const values = z.array(z.string().nullable()).parse(answers[index]);
      const pairs = SUMMARY_FIELDS.flatMap((name, at) => {
        const value = values[at] ?? null;
        return value === null ? [] : [[name === 'summary' ? 'outcome' : name, value]];
      });
      return parseRecord(id, Object.fromEntries(pairs));
    });
  }

  private async answers(pipeline: ChainableCommander, count: number): Promise<unknown[]> {
    if (count === 0) return [];
    return ((await pipeline.exec()) ?? []).map(([error, answer]) => {
      if (error !== null) throw error;
      return answer;
    });
  }
}

const SUMMARY_FIELDS = [...Object.keys(jobRecord.shape).filter((name) => name !== 'outcome'), 'summary'];

function parseRecord(id: string, fields: unknown): JobRecord | null {
  if (typeof fields !== 'object' || fields === null || !('status' in fields)) return null;
  return jobRecord.safeParse({ ...fields, id }).data ?? null;
}
