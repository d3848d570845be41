import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import type { Redis } from 'ioredis';

const INCLUDE = /^-- @include (\S+)$/gm;

/** The text of a script, with the files that it names in lines `-- @include <path>` in their place. */
function readScript(file: URL): string {
  const text = readFileSync(fileURLToPath(file), 'utf8');
  return text.replaceAll(INCLUDE, (_, path: string) => readScript(new URL(path, file)));
}

/**
 * A Lua script kept in a file beside the class that owns its keys. Runs by its hash (EVALSHA), and once by its text
 * where Redis does not know it (first use, restart, SCRIPT FLUSH).
 */
export class LuaScript {
  private readonly text: string;
  private readonly sha1: string;

  /** `file` is a URL such as `new URL('./settle.lua', import.meta.url)`. */
  constructor(file: URL) {
    this.text = readScript(file);
    this.sha1 = createHash('sha1').update(this.text).digest('hex');
  }

  async run(
    redis: Redis,
    scriptKeys: readonly string[],
    args: readonly (string | number)[],
  ): Promise<unknown> {
    try {
      return await redis.evalsha(this.sha1, scriptKeys.length, ...scriptKeys, ...args);
    } catch (error) {
      if (!(error instanceof Error && error.message.startsWith('NOSCRIPT'))) throw error;
      return redis.eval(this.text, scriptKeys.length, ...scriptKeys, ...args);
    }
  }
}
