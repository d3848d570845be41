import { describe, expect, it, jest } from '@jest/globals';
import { Metrics } from '#common/observability/metrics.js';
import { pino } from 'pino';
import { type Driver, DriverTrouble } from '../drivers/driver.js';
import { Hands } from './hands.js';

function handsOf(isOurs: boolean, trouble: Error | null = null) {
  const asked = jest.fn<(what: string) => void>();
  const answer =
    <T>(what: string, value: T) =>
    async (): Promise<T> => {
      asked(what);
      if (trouble !== null) throw trouble;
      return value;
    };
  const driver: Driver = {
    kind: 'process',
    capabilities: { stopsChosen: true, outlivesScaler: false, reportsUsage: false },
    spec: 'spec-1',
    list: answer('list', []),
    start: answer('start', ['a']),
    stop: answer('stop', undefined),
    kill: answer('kill', undefined),
    forget: answer('forget', undefined),
    usage: answer('usage', new Map<string, never>()),
    release: answer('release', undefined),
  };
  const workers = { cordon: answer('cordon', undefined), uncordon: answer('uncordon', undefined) };
  const parts = {
    pool: 'default',
    driver,
    workers,
    metrics: new Metrics({}),
    logger: pino({ level: 'silent' }),
  };
  return { asked, hands: new Hands({ epoch: 7, isOurs: () => isOurs }, parts) };
}

const everything = async (hands: Hands) => [
  await hands.start(1),
  await hands.stop('a'),
  await hands.kill('a'),
  await hands.forget('a'),
  await hands.cordon('worker-1'),
  await hands.uncordon('worker-1'),
];

describe('the hands of a leader', () => {
  it('do what they are told while the lease is its own', async () => {
    const { hands, asked } = handsOf(true);
    expect(await everything(hands)).toEqual([['a'], true, true, true, true, true]);
    expect(asked.mock.calls.flat()).toEqual(['start', 'stop', 'kill', 'forget', 'cordon', 'uncordon']);
  });

  it('do nothing once it is not', async () => {
    const { hands, asked } = handsOf(false);
    expect(await everything(hands)).toEqual([[], false, false, false, false, false]);
    expect(asked).not.toHaveBeenCalled();
  });

  it('tell what could not be done, and fail nobody', async () => {
    const { hands } = handsOf(true, new DriverTrouble('the socket is away'));
    expect(await everything(hands)).toEqual([[], false, false, false, false, false]);
    expect(hands.troubles).toContain('stop failed: the socket is away');
    expect(hands.troubles).toHaveLength(6);
  });
});
