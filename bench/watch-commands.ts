import type { Redis } from 'ioredis';
import type { MonitoredCommand } from './command-count.js';

/** Every command that Redis ran during `work`, except those of `redis` itself. */
export async function watchCommands(redis: Redis, work: () => Promise<unknown>): Promise<MonitoredCommand[]> {
  const commands: MonitoredCommand[] = [];
  const monitor = await redis.monitor();
  monitor.on('monitor', (_time: string, words: string[], source: string) => {
    commands.push({ isFromScript: source === 'lua', words });
  });
  try {
    await work();
    // The stream of lines is in order: once this one has come, so have all before it.
    const last = `end-of-watch-${process.hrtime.bigint()}`;
    await Promise.all([untilSeen(monitor, last), redis.ping(last)]);
    return commands.filter(({ words }) => !words.includes(last));
  } finally {
    monitor.disconnect();
  }
}

function untilSeen(monitor: Redis, word: string): Promise<void> {
  return new Promise((resolve) => {
    monitor.on('monitor', (_time: string, words: string[]) => {
      if (words.includes(word)) resolve();
    });
  });
}
