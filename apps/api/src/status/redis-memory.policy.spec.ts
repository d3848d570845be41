import { describe, expect, it } from '@jest/globals';
import { memoryOf } from './redis-memory.policy.js';

const info = (...fields: string[]): string => ['# Memory', ...fields, ''].join('\r\n');
const TEXTS = ['used_memory_human:1.00M', 'used_memory:1048576', 'total_system_memory:4096000'];

describe('the memory of Redis', () => {
  it('is measured against maxmemory', () => {
    expect(memoryOf(info(...TEXTS, 'maxmemory:2097152'))).toEqual({ used: 1_048_576, limit: 2_097_152 });
  });

  it('is measured against the machine where there is no maxmemory', () => {
    expect(memoryOf(info(...TEXTS, 'maxmemory:0')).limit).toBe(4_096_000);
    expect(memoryOf(info(...TEXTS)).limit).toBe(4_096_000);
  });

  it('is unknown, and not zero, where Redis does not say it', () => {
    expect(memoryOf(info('maxmemory:0', 'total_system_memory:0'))).toEqual({ used: NaN, limit: NaN });
    expect(memoryOf('')).toEqual({ used: NaN, limit: NaN });
  });
});
