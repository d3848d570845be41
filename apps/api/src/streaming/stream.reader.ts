import type { Redis } from 'ioredis';
import { z } from 'zod';
import {
  entryOf,
  type Position,
  positionOf,
  type StreamEntry,
  streamEntry,
} from '#common/contracts/job-stream.js';
import { JOB_STATUSES, type JobStatus } from '#common/contracts/job-status.js';
import { jsonOf } from '#common/contracts/json-of.js';
import { keys } from '#common/redis/keys.js';

const BATCH_MAX = 100;

const found = z.tuple([
  z.array(z.tuple([z.string(), z.tuple([z.literal('fields'), jsonOf(streamEntry)])])),
  z.enum(JOB_STATUSES).nullable(),
  z.number(),
]);

export interface StreamPart {
  readonly entries: readonly (Position & { readonly entry: StreamEntry })[];
  /** There is more to read. */
  readonly isMore: boolean;
  /** Null: the job is unknown, or its retention has passed. */
  readonly status: JobStatus | null;
  /** The stream was begun, and is still kept. */
  readonly isKept: boolean;
}

/** Reads the tokens of streamed jobs; only workers write them. */
export class StreamReader {
  constructor(private readonly redis: Redis) {}

  /** What comes after an entry; null: from the beginning. */
  async after(jobId: string, position: Position | null): Promise<StreamPart> {
    const from = position === null ? '-' : `(${entryOf(position)}`;
    const answers = await this.redis
      .pipeline()
      .xrange(keys.jobStream(jobId), from, '+', 'COUNT', BATCH_MAX)
      .hget(keys.job(jobId), 'status')
      .exists(keys.jobStream(jobId))
      .exec();
    const values = (answers ?? []).map(([error, answer]) => {
      if (error !== null) throw error;
      return answer;
    });
    const [entries, status, isKept] = found.parse(values);
    return {
      entries: entries.map(([id, [, entry]]) => ({ ...positionOf(id), entry })),
      isMore: entries.length === BATCH_MAX,
      status,
      isKept: isKept === 1,
    };
  }
}
