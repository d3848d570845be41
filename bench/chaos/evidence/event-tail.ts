import { Redis } from 'ioredis';
import { z } from 'zod';
import { keys } from '#common/redis/keys.js';

const BLOCK_MS = 500;
const COUNT = 1_000;
const reply = z
  .tuple([z.tuple([z.string(), z.array(z.tuple([z.string(), z.array(z.string())]))])])
  .nullable();

/**
 * Reads every settlement from the event stream, beside its consumers: a table made unique by job cannot tell of a job that
 * was settled twice.
 */
export class EventTail {
  readonly counts = new Map<string, number>();
  private readonly redis: Redis;
  private isStopped = false;
  private reading: Promise<void> = Promise.resolve();
  private after = '0-0';

  constructor(url: string) {
    this.redis = new Redis(url, { maxRetriesPerRequest: null, retryStrategy: () => 100 });
    this.redis.on('error', () => undefined);
  }

  start(): void {
    this.reading = this.read();
  }

  async stop(): Promise<void> {
    this.isStopped = true;
    this.redis.disconnect();
    await this.reading;
  }

  private async read(): Promise<void> {
    while (!this.isStopped) {
      try {
        await this.readOnce();
      } catch {
        // Redis is away; where we were is kept.
      }
    }
  }

  private async readOnce(): Promise<void> {
    const answer = reply.parse(
      await this.redis.xread('COUNT', COUNT, 'BLOCK', BLOCK_MS, 'STREAMS', keys.events, this.after),
    );
    for (const [id, fields] of answer?.[0][1] ?? []) {
      this.after = id;
      const jobId = fields[fields.indexOf('job_id') + 1] ?? '';
      this.counts.set(jobId, (this.counts.get(jobId) ?? 0) + 1);
    }
  }
}
