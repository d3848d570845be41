import { describe, expect, it } from '@jest/globals';
import { LaunchError } from '../local/launch-error.js';
import { readOptions, USAGE } from './options.js';

describe('readOptions', () => {
  it('is the original load test when nothing is said', () => {
    expect(readOptions([])).toEqual({
      url: 'http://localhost:8000',
      users: 5,
      requestsPerUser: 10,
      delaySeconds: 0.5,
      model: 'gpt-3.5-turbo',
      maxTokens: 100,
      apiKey: null,
    });
  });

  it('takes every option, and a URL with or without a slash at its end', () => {
    const args = ['--users', '2', '--requests=3', '--delay', '0', '--url', 'https://sluice.example/'];
    const more = ['--model', 'sim-fast', '--max-tokens', '20', '--api-key', 'k'];
    expect(readOptions([...args, ...more])).toEqual({
      url: 'https://sluice.example',
      users: 2,
      requestsPerUser: 3,
      delaySeconds: 0,
      model: 'sim-fast',
      maxTokens: 20,
      apiKey: 'k',
    });
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
