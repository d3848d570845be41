import type { Redis } from 'ioredis';
import { z } from 'zod';
import { LuaScript } from '#common/redis/lua-script.js';

const script = new LuaScript(new URL('./tidy-events.lua', import.meta.url));
const reply = z.tuple([z.number()]).rest(z.number());

export interface Tidied {
  readonly trimmed: number;
  /** Entries that each group has not acknowledged, by its name; null when it is missing or Redis cannot tell. */
  readonly owed: Readonly<Record<string, number | null>>;
}

export interface TidiedStream {
  /** Its key. */
  readonly stream: string;
  /** Consumer groups that must exist: while one is missing, nothing is trimmed. */
  readonly groups: readonly string[];
  /** Consumers of these groups that hold nothing and have been silent for so long are forgotten. */
  readonly silentMsMax?: number;
  /** Every entry stays for so long, also when all groups are done with it; 0, when not said. */
  readonly keptMs?: number;
}

const SILENT_MS_MAX = 10 * 60_000;

/** The only code that trims a stream which several groups consume. */
export class EventTidier {
  /** `redis` is a fail-fast connection: a reading that comes late is worth less than none. */
  constructor(
    private readonly redis: Redis,
    private readonly tidied: TidiedStream,
  ) {}

  /** Trims behind all consumer groups, and answers how much each of the named ones still has to do. */
  async tidy(): Promise<Tidied> {
    const { stream, groups, silentMsMax = SILENT_MS_MAX, keptMs = 0 } = this.tidied;
    const args = [silentMsMax, keptMs, ...groups];
    const [trimmed, ...owed] = reply.parse(await script.run(this.redis, [stream], args));
    const named = groups.map((group, at) => {
      const entries = owed[at] ?? -1;
      return [group, entries < 0 ? null : entries] as const;
    });
    return { trimmed, owed: Object.fromEntries(named) };
  }
}
