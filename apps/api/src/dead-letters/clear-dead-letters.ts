import { Refusal } from '#common/errors/refusal.js';
import type { ErrorCode } from '#common/errors/catalogue.js';
import type { PoolQueues } from '#common/queue/pool-queues.js';
import type { LetterFilter } from './dead-letter.policy.js';
import type { DeadLetter } from './dead-letter.js';
import type { DeadLetterReader } from './dead-letter.reader.js';
import type { PurgedMany, ReplayedMany } from './dead-letters.schema.js';
import type { Act, EachDeadLetter } from './each-dead-letter.js';
import type { ReplayDeadLetter } from './replay-dead-letter.js';

const REPLAYED_MAX = 500;
const PURGED_MAX = 1_000;

/** Whoever comes next would be refused for the same reason. */
const HALTING: readonly ErrorCode[] = ['queue_full', 'overloaded', 'dependency_unavailable'];

/** Empties a pool's dead letters, or a part of them: by replaying or by removing them, so many at a call. */
export class ClearDeadLetters {
  constructor(
    private readonly each: EachDeadLetter,
    private readonly reader: DeadLetterReader,
    private readonly replayOne: ReplayDeadLetter,
    private readonly queues: PoolQueues,
  ) {}

  /** @throws Refusal for what kept every one from being replayed, such as queue_full. */
  async replay(pool: string, filter: LetterFilter, requestId: string): Promise<ReplayedMany> {
    const halting: Refusal[] = [];
    const act = async (letter: DeadLetter): Promise<Act> => {
      try {
        await this.replayOne.replay(letter, requestId);
        return 'done';
      } catch (refusal) {
        if (!(refusal instanceof Refusal)) throw refusal;
        if (!HALTING.includes(refusal.code)) return 'skip';
        halting.push(refusal);
        return 'halt';
      }
    };
    const tally = await this.each.execute(pool, filter, { doneMax: REPLAYED_MAX, act });
    const [because] = halting;
    if (because !== undefined && tally.done === 0) throw because;
    return { replayed: tally.done, skipped: tally.skipped, left: tally.left };
  }

  async purge(pool: string, filter: LetterFilter): Promise<PurgedMany> {
    const act = async (letter: DeadLetter): Promise<Act> => {
      // The sweeper would take it for a job that never reached its queue.
      if (!letter.isSettled) return 'skip';
      await this.queues.remove(pool, letter.id);
      return 'done';
    };
    const tally = await this.each.execute(pool, filter, { doneMax: PURGED_MAX, act });
    return { purged: tally.done, skipped: tally.skipped, left: tally.left };
  }

  /** @throws Refusal dead_letter_not_found, dead_letter_not_replayable. */
  async remove(pool: string, id: string): Promise<void> {
    const letter = await this.reader.find(pool, id);
    if (letter === null) throw new Refusal('dead_letter_not_found');
    if (!letter.isSettled) throw new Refusal('dead_letter_not_replayable');
    await this.queues.remove(pool, id);
  }
}
