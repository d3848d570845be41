import { describe, expect, it } from '@jest/globals';
import { Schedules } from './schedules.js';

const schedule = (cron: string, more: Partial<{ minutes: number; min: number; timezone: string }> = {}) => ({
  cron,
  minutes: 60,
  min: 3,
  timezone: 'UTC',
  ...more,
});
const floorAt = (schedules: Schedules, moment: string): number =>
  schedules.floorOf('default', Date.parse(moment));

describe('a schedule', () => {
  it('is in force from its start, for its minutes, and no millisecond longer', () => {
    const schedules = new Schedules({ default: [schedule('0 9 * * 1-5')] });
    // 2026-06-01 is a Monday.
    expect(floorAt(schedules, '2026-06-01T08:59:59.999Z')).toBe(0);
    expect(floorAt(schedules, '2026-06-01T09:00:00.000Z')).toBe(3);
    expect(floorAt(schedules, '2026-06-01T09:59:59.999Z')).toBe(3);
    expect(floorAt(schedules, '2026-06-01T10:00:00.000Z')).toBe(0);
    expect(floorAt(schedules, '2026-06-06T09:30:00.000Z')).toBe(0);
    // Time does not have to move forward between two questions.
    expect(floorAt(schedules, '2026-06-01T09:30:00.000Z')).toBe(3);
  });

  it('whose windows overlap stays in force', () => {
    const schedules = new Schedules({ default: [schedule('0 * * * *', { minutes: 90 })] });
    for (const moment of ['09:00', '09:59', '10:00', '10:29', '10:31'])
      expect(floorAt(schedules, `2026-06-01T${moment}:00Z`)).toBe(3);
  });

  it('is one of several, of which the greatest counts, and counts for its pool alone', () => {
    const schedules = new Schedules({
      default: [schedule('0 9 * * *', { min: 2 }), schedule('30 9 * * *', { min: 7 })],
      batch: [schedule('0 0 * * *', { minutes: 24 * 60, min: 9 })],
    });
    expect(floorAt(schedules, '2026-06-01T09:15:00Z')).toBe(2);
    expect(floorAt(schedules, '2026-06-01T09:45:00Z')).toBe(7);
    expect(schedules.floorOf('nobody', Date.parse('2026-06-01T09:45:00Z'))).toBe(0);
  });

  it('goes by the clock of its time zone, in summer and in winter', () => {
    const schedules = new Schedules({ default: [schedule('0 9 * * *', { timezone: 'Europe/Berlin' })] });
    expect(floorAt(schedules, '2026-01-15T08:00:00Z')).toBe(3);
    expect(floorAt(schedules, '2026-01-15T07:59:59Z')).toBe(0);
    expect(floorAt(schedules, '2026-07-15T07:00:00Z')).toBe(3);
    expect(floorAt(schedules, '2026-07-15T08:00:00Z')).toBe(0);
    // The days of the change themselves: 29 March and 25 October 2026.
    expect(floorAt(schedules, '2026-03-29T07:00:00Z')).toBe(3);
    expect(floorAt(schedules, '2026-10-25T08:00:00Z')).toBe(3);
    expect(floorAt(schedules, '2026-10-25T07:00:00Z')).toBe(0);
  });

  it('at a time that does not exist begins with the change, and at one that exists twice begins once', () => {
    const schedules = new Schedules({
      default: [schedule('30 2 * * *', { minutes: 20, timezone: 'Europe/Berlin' })],
    });
    expect(floorAt(schedules, '2026-03-29T00:59:59Z')).toBe(0);
    expect(floorAt(schedules, '2026-03-29T01:00:00Z')).toBe(3);
    expect(floorAt(schedules, '2026-10-25T00:30:00Z')).toBe(3);
    expect(floorAt(schedules, '2026-10-25T01:30:00Z')).toBe(0);
  });

  it('lasts its minutes also across a change of the clocks', () => {
    const schedules = new Schedules({
      default: [schedule('0 1 * * *', { minutes: 180, timezone: 'Europe/Berlin' })],
    });
    // From 01:00 CEST on 25 October: 23:00 UTC the day before.
    expect(floorAt(schedules, '2026-10-25T01:59:59Z')).toBe(3);
    expect(floorAt(schedules, '2026-10-25T02:00:00Z')).toBe(0);
  });

  it.each([
    ['nonsense', 'UTC', /"nonsense" of a schedule of pool "default" cannot be used: .*\.$/],
    ['61 * * * *', 'UTC', /"61 \* \* \* \*" of a schedule of pool "default".*minute/],
    ['0 0 30 2 *', 'UTC', /never comes\.$/],
    ['2026-01-01T00:00:00', 'UTC', /five fields/],
    ['0 9 * * *', 'Mars/Phobos', /"Mars\/Phobos" of a schedule of pool "default" is not known/],
    ['0 9 * * *', '', /timezone "" of a schedule/],
  ])('that cannot be used is refused with a sentence: %j in %j', (cron, timezone, sentence) => {
    expect(() => new Schedules({ default: [schedule(cron, { timezone })] })).toThrow(sentence);
  });
});
