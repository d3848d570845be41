import type { Redis } from 'ioredis';
import type { WebhookLogEntry } from '#common/contracts/webhook.js';
import { keys } from '#common/redis/keys.js';
import { patiently } from '#common/redis/patiently.js';

const REFUSED_MS_MAX = 10_000;

/** Tells what became of deliveries to whoever brings it into PostgreSQL. */
export class WebhookLog {
  /** `redis` is a patient connection: an attempt that was made must not be forgotten. */
  constructor(private readonly redis: Redis) {}

  async append(entries: readonly WebhookLogEntry[]): Promise<void> {
    if (entries.length === 0) return;
    await patiently(REFUSED_MS_MAX, async () => {
      // All or none, so that asking again doubles nothing.
      const appending = this.redis.multi();
      for (const entry of entries) appending.xadd(keys.webhookLog, '*', 'entry', JSON.stringify(entry));
      const answers = (await appending.exec()) ?? [];
      for (const [error] of answers) if (error !== null) throw error;
    });
  }
}
