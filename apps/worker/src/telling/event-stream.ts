import { setTimeout as pause } from 'node:timers/promises';
import type { Redis } from 'ioredis';
import { z } from 'zod';
import { keys } from '#common/redis/keys.js';
import { openGroups } from './open-groups.js';

const BATCH_MAX = 500;
/** A smaller batch waits a little for company: one statement for many rows costs a fraction of many statements. */
const BATCH_SMALL = 50;
const COLLECT_MS = 50;
const REJECTED_MAX = 10_000;

export interface StreamEntry {
  readonly id: string;
  readonly fields: Readonly<Record<string, string>>;
}

export interface EventStreamOptions {
  /** The stream's key; the settlements', when not said. */
  readonly key?: string;
  /** Of the stream that keeps what was set aside. */
  readonly rejectedKey?: string;
  /** Most entries at a time: fewer where they are large. */
  readonly batchMax?: number;
  readonly group: string;
  readonly consumer: string;
  /** Groups of others that are to miss nothing either. */
  readonly alongside?: readonly string[];
  /** Entries that a consumer took and did not acknowledge for so long are taken over. */
  readonly claimIdleMs?: number;
}

const entry = z.tuple([z.string(), z.array(z.string())]).transform(([id, flat]): StreamEntry => {
  const fields: Record<string, string> = {};
  for (let at = 0; at < flat.length; at += 2) fields[flat[at] ?? ''] = flat[at + 1] ?? '';
  return { id, fields };
});
const readReply = z.tuple([z.tuple([z.string(), z.array(entry)])]).nullable();
/** Redis 6.2 answers null for entries that were trimmed; Redis 7 appends their ids. */
const claimReply = z.tuple([z.string(), z.array(entry.nullable())]).rest(z.unknown());

/** One consumer's end of a stream, of settlements or of what became of webhooks: what `next` gave stays owed until `done` or `setAside`. */
export class EventStream {
  private readonly key: string;
  private readonly batchMax: number;
  private readonly claimIdleMs: number;
  private claimAt = 0;
  private claimFrom = '0-0';

  /** `redis` is a patient connection of its own, because reading blocks it. */
  constructor(
    private readonly redis: Redis,
    private readonly options: EventStreamOptions,
  ) {
    this.key = options.key ?? keys.events;
    this.batchMax = options.batchMax ?? BATCH_MAX;
    this.claimIdleMs = options.claimIdleMs ?? 30_000;
    // Without a listener ioredis prints to the console. Whoever shares Redis's other connections reports its absence.
    redis.on('error', () => undefined);
  }

  get group(): string {
    return this.options.group;
  }

  /** Makes the groups, from the stream's beginning. */
  async open(): Promise<void> {
    // Its own comes last: where that is missing, `next` makes all of them again.
    await openGroups(this.redis, this.key, [...(this.options.alongside ?? []), this.group]);
  }

  /** What a consumer that vanished left behind, else what is new; empty when nothing came within `blockMs` (0: at once). */
  async next(blockMs: number): Promise<StreamEntry[]> {
    try {
      const left = await this.claim();
      return left.length > 0 ? left : await this.collect(blockMs);
    } catch (error) {
      // A Redis that lost its data has lost the group too.
      if (!isReply(error, 'NOGROUP')) throw error;
      await this.open();
      return [];
    }
  }

  async done(ids: readonly string[]): Promise<void> {
    await this.redis.xack(this.key, this.group, ...ids);
  }

  /** Keeps an entry that can never be recorded, with its reason, where an operator finds it. */
  async setAside({ id, fields }: StreamEntry, reason: string): Promise<void> {
    const { rejectedKey = keys.rejectedEvents } = this.options;
    const kept = [...Object.entries(fields).flat(), 'entry_id', id, 'reason', reason];
    await this.redis.xadd(rejectedKey, 'MAXLEN', '~', REJECTED_MAX, '*', ...kept);
    await this.done([id]);
  }

  close(): void {
    this.redis.disconnect();
  }

  private async collect(blockMs: number): Promise<StreamEntry[]> {
    const first = await this.read(this.batchMax, blockMs);
    if (first.length === 0 || first.length >= BATCH_SMALL || blockMs === 0) return first;
    await pause(COLLECT_MS);
    return [...first, ...(await this.read(this.batchMax - first.length, 0))];
  }

  private async read(count: number, blockMs: number): Promise<StreamEntry[]> {
    const { group, consumer } = this.options;
    // To Redis, BLOCK 0 means for ever.
    const block = blockMs > 0 ? ['BLOCK', blockMs] : [];
    const args = ['GROUP', group, consumer, 'COUNT', count, ...block, 'STREAMS', this.key, '>'];
    // In lower case: ioredis turns RESP3's maps into lists by this name.
    return readReply.parse(await this.redis.call('xreadgroup', ...args))?.[0][1] ?? [];
  }

  private async claim(): Promise<StreamEntry[]> {
    if (performance.now() < this.claimAt) return [];
    const { group, consumer } = this.options;
    const args = [this.key, group, consumer, this.claimIdleMs, this.claimFrom, 'COUNT', this.batchMax];
    const [next, entries] = claimReply.parse(await this.redis.call('XAUTOCLAIM', ...args));
    this.claimFrom = next;
    if (next === '0-0') this.claimAt = performance.now() + this.claimIdleMs / 3;
    return entries.filter((found) => found !== null);
  }
}

const isReply = (error: unknown, code: string): boolean =>
  error instanceof Error && error.message.startsWith(code);
