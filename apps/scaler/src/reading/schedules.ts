import { Cron } from 'croner';
import type { ScheduleConfig } from '#common/config/scaling-config.js';

/** One schedule, with the window it was last asked about: cron expressions cost more than two comparisons. */
interface Schedule {
  readonly cron: Cron;
  readonly windowMs: number;
  readonly min: number;
  /** The newest start that was known, and the one after it. Null: there was, or will be, none. */
  startMs: number | null;
  nextMs: number | null;
}

/**
 * The floors that schedules set. A window begins when the cron expression says, by the clock of its time zone, and lasts so many
 * real minutes. At the change of the clocks: a time that does not exist that day is the moment of the change; a
 * fixed time that exists twice counts once, and other expressions count both.
 */
export class Schedules {
  private readonly byPool: ReadonlyMap<string, readonly Schedule[]>;

  /** @throws Error with one sentence that names the pool and the expression or time zone that cannot be used. */
  constructor(byPool: Readonly<Record<string, readonly ScheduleConfig[]>>) {
    this.byPool = new Map(
      Object.entries(byPool).map(([pool, schedules]) => [pool, schedules.map((one) => open(pool, one))]),
    );
  }

  /** The greatest floor of the schedules in force, in workers; 0 without one. `nowMs` is in Unix milliseconds. */
  floorOf(pool: string, nowMs: number): number {
    const inForce = (this.byPool.get(pool) ?? []).filter((schedule) => isInForce(schedule, nowMs));
    return Math.max(0, ...inForce.map(({ min }) => min));
  }
}

function isInForce(schedule: Schedule, nowMs: number): boolean {
  const { startMs, nextMs } = schedule;
  if (startMs === null || nowMs < startMs || (nextMs !== null && nowMs >= nextMs)) look(schedule, nowMs);
  // Whatever began earlier ends earlier.
  return schedule.startMs !== null && nowMs < schedule.startMs + schedule.windowMs;
}

function look(schedule: Schedule, nowMs: number): void {
  // Croner looks for runs before a moment, and this one counts.
  schedule.startMs = schedule.cron.previousRuns(1, new Date(nowMs + 1))[0]?.getTime() ?? null;
  schedule.nextMs = schedule.cron.nextRun(new Date(nowMs))?.getTime() ?? null;
}

function open(pool: string, { cron, timezone, minutes, min }: ScheduleConfig): Schedule {
  refuseUnlessTimezone(pool, timezone);
  const parsed = parse(pool, cron, timezone);
  return { cron: parsed, windowMs: 60_000 * minutes, min, startMs: null, nextMs: null };
}

function refuseUnlessTimezone(pool: string, timezone: string): void {
  try {
    new Intl.DateTimeFormat('en', { timeZone: timezone });
  } catch {
    throw new Error(
      `The timezone ${JSON.stringify(timezone)} of a schedule of pool "${pool}" is not known: use an IANA name such as "Europe/Berlin".`,
    );
  }
}

function parse(pool: string, expression: string, timezone: string): Cron {
  const refused = (because: string): Error =>
    new Error(
      `The cron expression ${JSON.stringify(expression)} of a schedule of pool "${pool}" cannot be used: ${because}`,
    );
  // Croner also takes a date, which is no schedule.
  if (expression.includes(':')) throw refused('it must have five fields, or six with seconds first.');
  const cron = tryParse(expression, timezone);
  if (typeof cron === 'string') throw refused(cron);
  if (cron.nextRun() === null) throw refused('it never comes.');
  return cron;
}

/** Croner's complaint where it has one. */
function tryParse(expression: string, timezone: string): Cron | string {
  try {
    return new Cron(expression, { timezone, mode: '5-or-6-parts', paused: true });
  } catch (error) {
    const message = error instanceof Error ? error.message : 'it cannot be read';
    return message.replace(/^Cron\w*: /, '').replace(/\.?$/, '.');
  }
}
