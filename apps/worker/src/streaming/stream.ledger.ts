import type { Redis } from 'ioredis';
import { deliveryOf, type Position, STREAM_KEPT_MS, type StreamEntry } from '#common/contracts/job-stream.js';
import { keys } from '#common/redis/keys.js';
import { LuaScript } from '#common/redis/lua-script.js';
import { patiently } from '#common/redis/patiently.js';
import { Reply } from '#common/redis/reply.js';

const script = new LuaScript(new URL('./append.lua', import.meta.url));

/** More than a stream can have: 10,000 at once, then one a second for the longest life of a job. */
const ENTRIES_MAX = 100_000;
/** A larger entry is published without its fields, and then read. */
const PUBLISHED_BYTES_MAX = 64 * 1024;
/** How long an entry is offered that Redis refuses for now. */
const REFUSED_MS_MAX = 60_000;

/** `closed`: the job is settled, or another worker has begun it since. */
export type Appended = 'appended' | 'closed';

/** The tokens of streamed jobs, as this worker adds to them. */
export class StreamLedger {
  constructor(
    private readonly redis: Redis,
    private readonly workerId: string,
  ) {}

  /** Safe to ask again: an entry is added once. Waits while Redis is away. */
  async append(jobId: string, { run, seq }: Position, entry: StreamEntry): Promise<Appended> {
    const reply = await patiently(REFUSED_MS_MAX, () =>
      script.run(
        this.redis,
        [keys.job(jobId), keys.jobStream(jobId)],
        [
          jobId,
          this.workerId,
          deliveryOf(run),
          run,
          seq,
          JSON.stringify(entry),
          ENTRIES_MAX,
          STREAM_KEPT_MS,
          PUBLISHED_BYTES_MAX,
        ],
      ),
    );
    return appendedOf(new Reply(reply));
  }
}

/** What append.lua answers. */
function appendedOf(reply: Reply): Appended {
  const kind = reply.text(0);
  if (kind === 'appended' || kind === 'closed') return kind;
  throw new TypeError(`append.lua answered ${kind}`);
}
