import type { Redis } from 'ioredis';
import { keys } from '#common/redis/keys.js';
import { LuaScript } from '#common/redis/lua-script.js';
import type { Term } from './term.js';

const fencedScript = new LuaScript(new URL('./fenced.lua', import.meta.url));

/** A command on one key: its name, the key, what follows. */
export type Write = readonly [command: 'SET' | 'DEL' | 'HSET' | 'HDEL', key: string, ...rest: string[]];

/** Writes of a leader, which a later leader's epoch refuses: one that was frozen and goes on overwrites nothing. */
export class FencedWrites {
  constructor(private readonly redis: Redis) {}

  /** All or nothing. Answers whether they were written. Rejects when Redis does not answer. */
  async write(term: Term, writes: readonly Write[]): Promise<boolean> {
    if (!term.isOurs()) return false;
    const commands = writes.map(([command, , ...rest]) => [command, ...rest]);
    const scriptKeys = [keys.scalerEpoch, ...writes.map(([, key]) => key)];
    return (
      (await fencedScript.run(this.redis, scriptKeys, [String(term.epoch), JSON.stringify(commands)])) === 1
    );
  }
}
