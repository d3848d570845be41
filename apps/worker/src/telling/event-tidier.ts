import type { Redis } from 'ioredis';
import { z } from 'zod';
import { keys } from '#common/redis/keys.js';
import { LuaScript } from '#common/redis/lua-script.js';

const script = new LuaScript(new URL('./tidy-events.lua', import.meta.url));
const reply = z.tuple([z.number(), z.number()]);

export interface Tidied {
  readonly trimmed: number;
  /** Entries that the group has not acknowledged; null when Redis cannot tell. */
  readonly owed: number | null;
}

/** The only code that trims the event stream, and the log of webhooks. */
export class EventTidier {
  /** `redis` is a fail-fast connection: a reading that comes late is worth less than none. */
  constructor(
    private readonly redis: Redis,
    /** Consumers that hold nothing and have been silent for so long are forgotten. */
    private readonly silentMsMax = 10 * 60_000,
    private readonly key = keys.events,
  ) {}

  /** Trims behind all consumer groups, and answers how much `group` still has to do. */
  async tidy(group: string): Promise<Tidied> {
    const [trimmed, owed] = reply.parse(await script.run(this.redis, [this.key], [group, this.silentMsMax]));
    return { trimmed, owed: owed < 0 ? null : owed };
  }
}
