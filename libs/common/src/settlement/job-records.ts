import type { Redis } from 'ioredis';
import { type JobRecord, jobRecord } from '#common/contracts/job-record.js';
import { keys } from '#common/redis/keys.js';

/** Reads job records; only scripts write them. */
export class JobRecords {
  constructor(private readonly redis: Redis) {}

  /** Null when the job is unknown or its retention has passed. */
  async read(id: string): Promise<JobRecord | null> {
    return this.parse(id, await this.redis.hgetall(keys.job(id)));
  }

  async readMany(ids: readonly string[]): Promise<(JobRecord | null)[]> {
    if (ids.length === 0) return [];
    const pipeline = this.redis.pipeline();
    for (const id of ids) pipeline.hgetall(keys.job(id));
    const answers = (await pipeline.exec()) ?? [];
    return ids.map((id, index) => {
      const [error, fields] = answers[index] ?? [new Error('no answer'), null];
      if (error !== null) throw error;
      return this.parse(id, fields);
    });
  }

  private parse(id: string, fields: unknown): JobRecord | null {
    if (typeof fields !== 'object' || fields === null || !('status' in fields)) return null;
    return jobRecord.parse({ ...fields, id });
  }
}
