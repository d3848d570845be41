import type { CommandCount } from '../command-count.js';
import type { Result } from './results.js';

export interface Judged {
  readonly aim: string;
  readonly result: string;
  readonly isMet: boolean;
}

const THROUGHPUT_SHARE_MIN = 0.6;
const MEDIAN_RATIO_MAX = 2;
const COMMANDS_MAX = 4;
const REFERENCE_SHARE_MIN = 0.85;

/** What Sluice aims at, beside what was measured. */
export function judge(results: readonly Result[], commands: CommandCount): Judged[] {
  const find = (mode: string, concurrency: number): Result | undefined =>
    results.find((result) => result.mode === mode && result.concurrency === concurrency);
  const throughput = ratio(find('sync', 50)?.perSecond, find('floor', 50)?.perSecond);
  const median = ratio(find('sync', 1)?.p50Ms, find('floor', 1)?.p50Ms);
  const reference = ratio(find('sync', 50)?.perSecond, find('reference', 50)?.perSecond);
  const own = commands.job + commands.shared;
  const failed = results.flatMap(({ failures }) => Object.values(failures)).reduce((sum, n) => sum + n, 0);
  return [
    {
      aim: `Synchronous throughput at concurrency 50 is at least ${THROUGHPUT_SHARE_MIN} of the floor’s`,
      result: throughput.toFixed(2),
      isMet: throughput >= THROUGHPUT_SHARE_MIN,
    },
    {
      aim: `The synchronous p50 at concurrency 1 is at most ${MEDIAN_RATIO_MAX} × the floor’s`,
      result: `${median.toFixed(2)} ×`,
      isMet: median <= MEDIAN_RATIO_MAX,
    },
    {
      aim: `At most ${COMMANDS_MAX} commands reach Redis for one job besides BullMQ’s own`,
      result: own.toFixed(1),
      isMet: own <= COMMANDS_MAX,
    },
    ...(find('reference', 50) === undefined
      ? []
      : [
          {
            aim: `Synchronous throughput at concurrency 50 is at least ${REFERENCE_SHARE_MIN} of the reference’s`,
            result: reference.toFixed(2),
            isMet: reference >= REFERENCE_SHARE_MIN,
          },
        ]),
    { aim: 'No request fails', result: `${failed} failed`, isMet: failed === 0 },
  ];
}

/** NaN, which meets no aim, where one of both is missing. */
function ratio(dividend: number | undefined, divisor: number | undefined): number {
  return dividend === undefined || divisor === undefined || divisor === 0 ? Number.NaN : dividend / divisor;
}
