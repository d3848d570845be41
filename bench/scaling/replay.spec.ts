import { describe, expect, it } from '@jest/globals';
import { poolScaling } from '#common/config/scaling-config.js';
import type { SeenInstance } from '#common/contracts/scaling.js';
import { LaunchError } from '#scripts/local/launch-error.js';
import { decide } from '../../apps/scaler/src/policy/decide.policy.js';
import { scalingConfigOf } from '../../apps/scaler/src/policy/scaling-config.policy.js';
import type { PoolReading, ScalingMemory } from '../../apps/scaler/src/policy/scaling.js';
import { comparisonLines, decideAgain } from './decide-again.js';
import { changed, decideOtherwise } from './decide-otherwise.js';
import { readReplayOptions } from './replay-options.js';
import { otherwiseTables, sumsOf } from './replay-tables.js';
import { readToldDecisions } from './told-decisions.parser.js';

const START = Date.parse('2026-06-01T09:00:00Z');
const config = scalingConfigOf(poolScaling.parse({ max: 20 }), { mode: 'full', tick_s: 2, slots: 4 });

const instance = (at: number): SeenInstance => ({
  name: `w-${at}`,
  worker_id: `worker_${at}`,
  state: 'ready',
  slots: 4,
  active: 3,
  born_ms: START - 3_600_000,
  is_outdated: false,
});

const readingOf = (atS: number, perSecond: number, workers: number): PoolReading => ({
  now_ms: START + 1_000 * atS,
  age_s: 0,
  queue: { ready: 0, active: 3 * workers, deferred: 0, due: 0, head_wait_s: null },
  arrivals: { latest: perSecond, fast: perSecond, slow: perSecond, slower: perSecond },
  service: { mean_s: 4, scv: 1, samples: 500 },
  outcomes: null,
  instances: Array.from({ length: workers }, (_, at) => instance(at)),
  foreign_slots: 0,
  cold_start: { mean_s: 15, p90_s: 20, samples: 5 },
  usage: null,
  response_s: 4,
  forecast: null,
  scheduled_floor: 0,
  orders: [],
  backends: { max_connections: null },
  budget_workers: null,
});

/** Half an hour of a pool that is busy in its second ten minutes, told each 10 s, as a scaler would. */
function told(): string[] {
  let memory: ScalingMemory = {};
  let workers = 2;
  return Array.from({ length: 180 }, (_, at) => {
    const reading = readingOf(10 * at, at >= 60 && at < 120 ? 8 : 1, workers);
    const trace = { reading, memory, config };
    const decided = decide(reading, memory, config);
    memory = decided.memory;
    workers = decided.decision.desired;
    return JSON.stringify({
      pool: 'default',
      at_ms: reading.now_ms,
      mode: 'full',
      decision: decided.decision,
      trace,
    });
  });
}

const text = told().join('\n');

describe('a replay', () => {
  it('comes to every decision again, byte for byte', () => {
    const comparison = decideAgain(readToldDecisions(`\n${text}\n\n`), decide);
    expect(comparison).toEqual({ same: 180, all: 180, differs: null });
    expect(comparisonLines(comparison)).toBe('180 of 180 decisions came out the same, byte for byte.');
  });

  it('shows the first decision that comes out another', () => {
    const [first, ...rest] = readToldDecisions(text);
    if (first === undefined) throw new Error('a decision');
    const comparison = decideAgain([first, ...rest.map((one) => ({ ...one, text: `${one.text} ` }))], decide);
    expect(comparison).toMatchObject({ same: 1, all: 180, differs: { line: 2 } });
    expect(comparisonLines(comparison)).toMatch(
      /^1 of 180 .*\nThe first that differs is on line 2:\n {2}then .*\n {2}now {2}/,
    );
  });

  it.each([
    ['half a line', '{"pool":', 'Line 2 is not JSON.'],
    ['a number', '7', /^Line 2 is no decision as --export prints it/],
    [
      'no trace',
      JSON.stringify({ ...(JSON.parse(told()[0] ?? '') as object), trace: null }),
      /^Line 2 .*: trace: /,
    ],
  ])('names a line that it cannot read: %s', (_, line, sentence) => {
    const read = () => readToldDecisions(`${told()[0] ?? ''}\n${line}`);
    expect(read).toThrow(LaunchError);
    expect(read).toThrow(sentence);
  });

  it('names a line that cannot be decided again', () => {
    const broken = told().map((line) => line.replace('"orders":[]', '"orders":null'));
    expect(() => decideAgain(readToldDecisions(broken.join('\n')), decide)).toThrow(
      /^Line 1 cannot be decided again/,
    );
  });
});

describe('a replay under another configuration', () => {
  const decisions = readToldDecisions(text);
  const played = (profile: 'cost' | 'balanced' | 'latency') =>
    decideOtherwise(decisions, decide, { policy: null, profile });

  it('that is the same one comes to the same numbers', () => {
    for (const { then, now } of played('balanced')) expect(now).toBe(then);
  });

  it('shows that what promises less waiting costs more', () => {
    const hours = (profile: 'cost' | 'latency') => sumsOf(played(profile), 'now').workerHours;
    expect(hours('latency')).toBeGreaterThan(hours('cost'));
    expect(sumsOf(played('cost'), 'now').actions).toBeGreaterThan(0);
  });

  it('changes the policy, or the numbers of the profile, and nothing else', () => {
    expect(changed(config, { policy: 'queue', profile: null })).toEqual({ ...config, policy: 'queue' });
    const { slo, ...rest } = changed(config, { policy: null, profile: 'latency' });
    expect(rest).toEqual({ ...config, slo: undefined });
    expect(slo).toMatchObject({ wait_objective_s: 5 });
  });

  it('plays each pool for itself, and shows the moments at which a number changed', () => {
    const other = decisions.map((one) => ({ ...one, pool: 'batch' }));
    const both = decisions.flatMap((one, at) => [one, other[at] ?? one]);
    const moments = decideOtherwise(both, decide, { policy: 'threshold', profile: null });
    const [first, second] = otherwiseTables(moments).split('\n\nPool batch');
    expect(first?.replace('Pool default', '')).toBe(second);
    expect(first).toContain('| 2026-06-01T09:00:00.000Z | 2 | ');
    expect(first).toMatch(/\| worker-hours \| \d+\.\d\d \| \d+\.\d\d \|\n\| actions \| \d+ \| \d+ \|$/);
    expect((first ?? '').split('\n').length).toBeLessThan(60);
  });

  it('reckons worker-hours from one reading to the next, for a minute at most, and counts changes', () => {
    const moment = (atS: number, then: number) => ({ pool: 'default', at_ms: 1_000 * atS, then, now: 1 });
    const moments = [moment(0, 6), moment(10, 6), moment(40, 3), moment(4_000, 2)];
    expect(sumsOf(moments, 'then')).toEqual({ workerHours: (6 * 40 + 3 * 60) / 3_600, actions: 2 });
    expect(sumsOf(moments, 'now').actions).toBe(0);
  });
});

describe('its options', () => {
  it('are a file to check, another configuration to play, or the export', () => {
    expect(readReplayOptions(['night.jsonl'])).toEqual({ kind: 'check', file: 'night.jsonl' });
    expect(readReplayOptions(['night.jsonl', '--profile', 'cost'])).toEqual({
      kind: 'otherwise',
      file: 'night.jsonl',
      otherwise: { policy: null, profile: 'cost' },
    });
    expect(readReplayOptions(['--export'])).toEqual({ kind: 'export' });
  });

  it.each([[[]], [['a', 'b']], [['a', '--policy', 'fuzzy']], [['a', '--export']], [['a', '--what']]])(
    'that are none show the usage: %j',
    (args) => {
      expect(() => readReplayOptions(args)).toThrow(/\n\nUsage: npm run/);
    },
  );
});
