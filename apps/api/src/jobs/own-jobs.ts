import type { Redis } from 'ioredis';
import { isJobId } from '#common/contracts/ids.js';
import type { JobRecord } from '#common/contracts/job-record.js';
import { Refusal } from '#common/errors/refusal.js';
import { keys } from '#common/redis/keys.js';
import type { JobRecords } from '#common/settlement/job-records.js';
import type { ListQuery } from './job.schema.js';

const PAGE_MAX = 100;
/** A filtered list reads at most this many jobs for one answer; the cursor goes on from there. */
const SCANNED_MAX = 1_000;

export interface JobPage {
  readonly records: readonly JobRecord[];
  readonly cursor: string | null;
}

/** A caller's own jobs; another tenant's are as unknown as jobs that never were. */
export class OwnJobs {
  constructor(
    private readonly redis: Redis,
    private readonly records: JobRecords,
  ) {}

  /** @throws Refusal job_not_found. */
  async read(tenant: string, id: string): Promise<JobRecord> {
    const record = isJobId(id) ? await this.records.read(id) : null;
    if (record?.tenant !== tenant) throw new Refusal('job_not_found');
    return record;
  }

  /** Newest first. The cursor is the last job seen, so jobs that arrive meanwhile shift nothing. */
  async list(tenant: string, { status, limit, cursor }: ListQuery): Promise<JobPage> {
    const found: JobRecord[] = [];
    let from = cursor === undefined ? 0 : await this.rankAfter(tenant, cursor);
    let last: string | null = null;
    for (let scanned = 0; scanned < SCANNED_MAX; scanned += PAGE_MAX) {
      const ids = await this.redis.zrevrange(keys.tenantJobs(tenant), from, from + PAGE_MAX - 1);
      const records = await this.records.readManySummaries(ids);
      for (const [index, id] of ids.entries()) {
        last = id;
        const record = records[index];
        if (record === undefined || record === null || (status !== undefined && record.status !== status))
          continue;
        found.push(record);
        if (found.length === limit) return { records: found, cursor: last };
      }
      if (ids.length < PAGE_MAX) return { records: found, cursor: null };
      from += PAGE_MAX;
    }
    return { records: found, cursor: last };
  }

  /** @throws Refusal invalid_value for a cursor that is not one of this caller's jobs. */
  private async rankAfter(tenant: string, cursor: string): Promise<number> {
    const rank = await this.redis.zrevrank(keys.tenantJobs(tenant), cursor);
    if (rank === null) {
      throw new Refusal('invalid_value', {
        param: 'cursor',
        message: 'The cursor is unknown or too old; start again without it.',
      });
    }
    return rank + 1;
  }
}
