export interface RedisMemory {
  /** Bytes; NaN where Redis does not say. */
  readonly used: number;
  readonly limit: number;
}

/**
 * Of what Redis answers to INFO memory (https://redis.io/docs/latest/commands/info/). Where no `maxmemory` is set, the limit is what
 * the machine has, or the whole machine of a container.
 */
export function memoryOf(info: string): RedisMemory {
  const bytes = (field: string): number => {
    const text = new RegExp(`^${field}:(\\d+)\\r?$`, 'm').exec(info)?.[1];
    return text === undefined ? NaN : Number(text);
  };
  const configured = bytes('maxmemory');
  const limit = configured > 0 ? configured : bytes('total_system_memory');
  return { used: bytes('used_memory'), limit: limit > 0 ? limit : NaN };
}
