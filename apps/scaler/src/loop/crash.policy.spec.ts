import { describe, expect, it } from '@jest/globals';
import { endedAs, knownAs, listedAs, NOW_MS } from '../../../../test/support/seen-instances.js';
import { crashTrouble, type EndsSight, judgeEnds, startsAllowed, tried } from './crash.policy.js';
import { type CrashState, type KnownInstances, newPoolState } from './pool-state.js';

const { crashes: well } = newPoolState('spec-1');
const quarantined: CrashState = { ...well, in_a_row: 3, is_quarantined: true, until_ms: NOW_MS + 300_000 };
const starting = knownAs({ up_ms: null });

const judge = (
  known: KnownInstances,
  sight: Partial<EndsSight> = {},
  state: CrashState = well,
): ReturnType<typeof judgeEnds> =>
  judgeEnds(state, known, {
    now_ms: NOW_MS,
    listed: [endedAs('a')],
    drains: {},
    spec: 'spec-1',
    wasBlind: false,
    ...sight,
  });

describe('an instance that ended by itself', () => {
  it.each([
    ['before its first heartbeat', null, ['a']],
    ['29 s after it', NOW_MS - 29_000, ['a']],
    ['30 s after it', NOW_MS - 30_000, []],
  ])('%s has crashed, or not', (_, up_ms, crashed) => {
    expect(judge({ a: knownAs({ up_ms }) }).crashed).toEqual(crashed);
  });

  it('is judged once', () => {
    const first = judge({ a: starting });
    expect(first.crashed).toEqual(['a']);
    expect(judge(first.known, {}, first.crashes)).toMatchObject({ crashed: [], crashes: { in_a_row: 1 } });
  });

  it('has not crashed when it was told to leave', () => {
    const drain = { worker_id: null, since_ms: 0, deadline_ms: 0, stopped_ms: 0 };
    expect(judge({ a: starting }, { drains: { a: drain } }).crashed).toEqual([]);
  });

  it('while nothing could be seen has not crashed: no worker lives without Redis', () => {
    expect(judge({ a: starting }, { wasBlind: true })).toMatchObject({
      crashed: [],
      known: { a: { is_over: true } },
    });
  });
});

describe('crashes', () => {
  const crash = (in_a_row: number): CrashState => judge({ a: starting }, {}, { ...well, in_a_row }).crashes;

  it('delay the next start by 5 s, then by twice as long', () => {
    expect(crash(0)).toMatchObject({ until_ms: NOW_MS + 5_000, is_quarantined: false });
    expect(crash(1)).toMatchObject({ until_ms: NOW_MS + 10_000, is_quarantined: false });
    expect(startsAllowed(crash(0), 4, { now_ms: NOW_MS + 4_999, known: {} })).toBe(0);
    expect(startsAllowed(crash(0), 4, { now_ms: NOW_MS + 5_000, known: {} })).toBe(4);
  });

  it('quarantine what is started after three in a row: one try each 5 minutes, and none while one may come up', () => {
    const state = crash(2);
    expect(state).toMatchObject({ is_quarantined: true, until_ms: NOW_MS + 300_000 });
    const later = { now_ms: NOW_MS + 300_000, known: {} };
    expect(startsAllowed(state, 4, { ...later, now_ms: NOW_MS + 299_999 })).toBe(0);
    expect(startsAllowed(state, 4, later)).toBe(1);
    expect(startsAllowed(state, 4, { ...later, known: { b: starting } })).toBe(0);
    expect(tried(state, 1, later.now_ms).until_ms).toBe(NOW_MS + 600_000);
    expect(crashTrouble(state, NOW_MS)).toEqual([expect.stringContaining('quarantined')]);
  });

  it('count all that crashed at once', () => {
    const known = { a: starting, b: starting, c: starting };
    const listed = ['a', 'b', 'c'].map((name) => endedAs(name));
    expect(judge(known, { listed }).crashes).toMatchObject({ in_a_row: 3, is_quarantined: true });
  });

  it('are forgotten once one comes up and lives for 30 s', () => {
    const lives = { listed: [listedAs('a')] };
    expect(judge({ a: knownAs({ up_ms: NOW_MS - 29_000 }) }, lives, quarantined).crashes).toEqual(
      quarantined,
    );
    expect(judge({ a: knownAs() }, lives, quarantined)).toMatchObject({
      crashes: { in_a_row: 0, is_quarantined: false, until_ms: 0 },
      known: { a: { is_proven: true } },
    });
  });

  it('are not forgotten because of one that has lived for long, or is of another spec, or is silent', () => {
    const lives = { listed: [listedAs('a')] };
    for (const one of [{ is_proven: true }, { spec: 'spec-0' }, { silent_ms: NOW_MS - 1_000 }]) {
      expect(judge({ a: knownAs(one) }, lives, quarantined).crashes).toEqual(quarantined);
    }
  });

  it('are forgotten when something else is to be started, and those of what is old do not count', () => {
    const next = judge({ a: starting }, { spec: 'spec-2' }, quarantined);
    expect(next.crashes).toMatchObject({ spec: 'spec-2', in_a_row: 0, is_quarantined: false });
    expect(next.crashed).toEqual(['a']);
  });

  it('of the last minute are counted', () => {
    const state = { ...well, lately_ms: [NOW_MS - 60_000, NOW_MS - 59_000] };
    expect(judge({ a: starting }, {}, state).crashes.lately_ms).toEqual([NOW_MS - 59_000, NOW_MS]);
  });
});
