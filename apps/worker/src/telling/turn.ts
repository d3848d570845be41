import type { Redis } from 'ioredis';
import { LuaScript } from '#common/redis/lua-script.js';

const script = new LuaScript(new URL('./hold-turn.lua', import.meta.url));
const DONE = 'done';

export interface TurnPlan {
  readonly key: string;
  /** Who asks: a worker's id. */
  readonly by: string;
  /** It ends by itself so long after it was last held. */
  readonly heldMs: number;
  /** After one turn is over, nobody has the next for so long. */
  readonly everyMs: number;
}

/** What one worker of the fleet does now and then: one has the turn at a time, and whoever vanished loses it. */
export class Turn {
  constructor(
    private readonly redis: Redis,
    private readonly plan: TurnPlan,
  ) {}

  /** Takes it, or keeps it. False while another has it, or has had it lately. */
  async hold(): Promise<boolean> {
    const { key, by, heldMs } = this.plan;
    return (await script.run(this.redis, [key], [by, by, heldMs])) === 1;
  }

  async finish(): Promise<void> {
    const { key, by, everyMs } = this.plan;
    await script.run(this.redis, [key], [by, DONE, everyMs]);
  }
}
