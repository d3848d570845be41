import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { LaunchError } from '../local/launch-error.js';
import { readOptions } from './options.js';
import { plannedSeconds } from './plan.js';
import { USAGE } from './usage.js';

let directory: string;
beforeAll(() => {
  directory = mkdtempSync(path.join(tmpdir(), 'sluice-loadtest-'));
});
afterAll(() => rmSync(directory, { recursive: true }));

const keysFile = (text: string): string => {
  const file = path.join(directory, 'keys.json');
  writeFileSync(file, text);
  return file;
};

describe('readOptions', () => {
  it('is the original load test when nothing is said', () => {
    expect(readOptions([])).toMatchObject({
      url: 'http://localhost:8000',
      route: 'generate',
      isStreamed: false,
      timeoutMs: 30_000,
      plan: { kind: 'users', users: 5, requestsPerUser: 10, delaySeconds: 0.5 },
      warmUpMs: 0,
      mix: {
        callers: [[{ key: null }, 1]],
        models: [['gpt-3.5-turbo', 1]],
        promptWords: null,
        maxTokens: [[100, 1]],
      },
      objective: { withinMs: null, firstTokenMs: null },
      thresholds: [{ text: 'errors<=0%' }, { text: 'dropped<=0%' }],
      htmlFile: null,
      jsonFile: null,
    });
  });

  it.each<[args: string[], seconds: number | null]>([
    [[], 5],
    [['--requests', '1'], 0.5],
    // All at once: there is no rate.
    [['--delay', '0'], 0],
    [['--rate', '1', '--duration', '1m'], 60],
    [['--concurrency', '2', '--duration', '1m'], null],
  ])('knows of %j how many seconds requests are due', (args, seconds) => {
    const options = readOptions(args);
    expect(options && plannedSeconds(options.plan)).toBe(seconds);
  });

  it('is an open loop with a rate, a closed one with a concurrency, and either with stages', () => {
    expect(readOptions(['--rate', '50', '--duration', '1m', '--arrivals', 'poisson'])?.plan).toMatchObject({
      kind: 'open',
      arrivals: 'poisson',
      inFlightMax: 1_000,
      profile: { total: 3_000, seconds: 60, isConstant: true },
    });
    expect(readOptions(['--stages', '30s:10,1m:50,30s:0'])?.plan).toMatchObject({
      kind: 'open',
      profile: { seconds: 120, greatest: 50, isConstant: false },
    });
    expect(readOptions(['--concurrency=8', '--duration=10s'])?.plan).toMatchObject({
      kind: 'closed',
      users: 8,
    });
    expect(readOptions(['--mode', 'closed', '--stages', '10s:4'])?.plan).toMatchObject({
      kind: 'closed',
      users: 4,
    });
  });

  it('takes weights of keys, models and lengths', () => {
    const args = ['--api-key', 'k1=3', '--api-key', 'k2', '--model', 'a=2', '--model', 'b=0.5'];
    const more = ['--prompt-words', '20=9', '--prompt-words', '2000=1', '--max-tokens', '5'];
    expect(readOptions([...args, ...more])?.mix).toMatchObject({
      callers: [
        [{ key: 'k1' }, 3],
        [{ key: 'k2' }, 1],
      ],
      models: [
        ['a', 2],
        ['b', 0.5],
      ],
      promptWords: [
        [20, 9],
        [2_000, 1],
      ],
      maxTokens: [[5, 1]],
    });
  });

  it('reads who asks, and how often, from a file', () => {
    const file = keysFile(
      '[{"key": "k", "tenant": "acme", "tier": "premium", "weight": 3}, {"tier": "anonymous"}]',
    );
    expect(readOptions(['--keys', file])?.mix.callers).toEqual([
      [{ key: 'k', tenant: 'acme', tier: 'premium' }, 3],
      [{ key: null, tenant: null, tier: 'anonymous' }, 1],
    ]);
  });

  it('tells no key of a file that is wrong', () => {
    for (const text of [
      '[{"key": "geheim", "weight": -1}]',
      '["geheim"]',
      '{"key": "geheim"',
      '[{"key": "geh eim"}]',
    ]) {
      const read = (): unknown => readOptions(['--keys', keysFile(text)]);
      expect(read).toThrow('--keys');
      expect(read).not.toThrow(/geh ?eim/);
    }
  });

  it.each([
    [['--users', '0'], '--users is "0"'],
    [['--users', '1.5'], 'a whole number'],
    [['--requests', ''], '--requests is ""'],
    [['--delay', 'soon'], '--delay is "soon"'],
    [['--delay=-1'], 'from 0'],
    [['--url', 'localhost:8000'], 'http://'],
    [['--user', '5'], '--user'],
    [['5'], '5'],
    [['--rate', '5'], '--rate needs a --duration'],
    [['--rate', '0', '--duration', '5s'], 'nothing to send'],
    [['--rate', '5', '--duration', '5'], 'such as 500ms'],
    [['--rate', '5', '--duration', '5s', '--delay', '1'], '--delay is of no use with an open loop'],
    [['--duration', '5s'], '--duration is of no use with users'],
    [['--stages', '5s:1', '--duration', '5s'], 'which say how long'],
    [['--mode', 'closed', '--duration', '5s'], '--concurrency or --stages is needed'],
    [['--rate', '5', '--duration', '5s', '--warm-up', '5s'], 'leaves nothing to measure'],
    [['--model', 'a=0'], 'greater than 0'],
    [['--good-ttft', '1s'], 'needs --stream'],
    [['--keys', '/nowhere/keys.json'], 'ENOENT'],
    [['--keys', 'x', '--api-key', 'k'], 'give one of them'],
    [['--threshold', 'speed>1'], 'there is no figure "speed"'],
    [['--route', 'images'], 'one of generate, chat'],
  ])('refuses %j with a sentence and the usage', (args, part) => {
    const read = (): unknown => readOptions(args);
    expect(read).toThrow(LaunchError);
    expect(read).toThrow(part);
    expect(read).toThrow(USAGE);
  });

  it('answers null when only help is wanted', () => {
    expect(readOptions(['--help'])).toBeNull();
  });
});
