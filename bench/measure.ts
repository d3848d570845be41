import type { Redis } from 'ioredis';
import { queueName } from '#common/queue/generation-queue.js';
import { KEY_PREFIX, keys } from '#common/redis/keys.js';
import type { Progress } from '#scripts/local/progress.js';
import { type CommandCount, countCommands, perJob } from './command-count.js';
import { FLOOR_PREFIX, FLOOR_QUEUE } from './floor/floor-queue.js';
import { type Mode, type Sample } from './load/runs.js';
import { redisCpuUs, untilQuiet } from './redis-readings.js';
import type { Stand } from './stand.js';
import { watchCommands } from './watch-commands.js';

export const CONCURRENCIES = [1, 50, 200] as const;

/** Each measurement is made in so many parts, and the parts of all modes take turns: noise hits them alike. */
const SLICES = 2;
const WARM_SECONDS = 1.5;
const FIRST_WARM_SECONDS = 4;
const WATCHED_JOBS = 200;

export interface Slice {
  readonly mode: Mode;
  readonly concurrency: number;
  readonly sample: Sample;
  /** Processor time of Redis during the slice, in microseconds. */
  readonly redisUs: number;
}

export interface Measured {
  readonly slices: readonly Slice[];
  /** Commands for one job, at concurrency 1. */
  readonly commands: { readonly floor: CommandCount; readonly sync: CommandCount };
}

export interface Surroundings {
  readonly stand: Stand;
  readonly redis: Redis;
  readonly progress: Progress;
  readonly signal: AbortSignal;
}

export async function measure(around: Surroundings, seconds: number): Promise<Measured> {
  await around.progress.step('Warm-up', () => warmUp(around));
  const slices: Slice[] = [];
  for (const concurrency of CONCURRENCIES) {
    await around.progress.step(`Concurrency ${concurrency}`, async () => {
      for (let slice = 0; slice < SLICES; slice += 1)
        for (const mode of around.stand.modes)
          slices.push(await measureSlice(around, { mode, concurrency, seconds: seconds / SLICES }));
    });
  }
  const commands = await around.progress.step('Commands to Redis', async () => ({
    floor: await commandsOf(around, 'floor', {
      queuePrefix: `${FLOOR_PREFIX}:${FLOOR_QUEUE}:`,
      jobWord: 'floor-',
    }),
    sync: await commandsOf(around, 'sync', {
      queuePrefix: `${KEY_PREFIX}:${queueName('default')}:`,
      jobWord: keys.job(''),
    }),
  }));
  return { slices, commands };
}

async function warmUp({ stand, redis, signal }: Surroundings): Promise<void> {
  for (const mode of stand.modes) {
    await stand.generatorOf(mode).run({ mode, concurrency: 50, until: { seconds: FIRST_WARM_SECONDS } });
    await untilQuiet(redis, signal);
  }
}

async function measureSlice(
  { stand, redis, signal }: Surroundings,
  { mode, concurrency, seconds }: { mode: Mode; concurrency: number; seconds: number },
): Promise<Slice> {
  await untilQuiet(redis, signal);
  const generator = stand.generatorOf(mode);
  await generator.run({ mode, concurrency, until: { seconds: WARM_SECONDS } });
  const before = await redisCpuUs(redis);
  const sample = await generator.run({ mode, concurrency, until: { seconds } });
  return { mode, concurrency, sample, redisUs: (await redisCpuUs(redis)) - before };
}

/** MONITOR slows everything down, so nothing is timed while it runs. */
async function commandsOf(
  { stand, redis, signal }: Surroundings,
  mode: 'floor' | 'sync',
  words: Parameters<typeof countCommands>[1],
): Promise<CommandCount> {
  await untilQuiet(redis, signal);
  const order = { mode, concurrency: 1, until: { requests: WATCHED_JOBS } } as const;
  const commands = await watchCommands(redis, () => stand.generatorOf(mode).run(order));
  return perJob(countCommands(commands, words), WATCHED_JOBS);
}
