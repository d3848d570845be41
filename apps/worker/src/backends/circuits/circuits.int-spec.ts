import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { CircuitFleet } from '../../../../../test/support/circuit-fleet.js';
import { eventually } from '../../../../../test/support/eventually.js';
import {
  ABORTED,
  ANSWERED,
  CONNECTION,
  REFUSED,
  SERVER_ERROR,
} from '../../../../../test/support/played-circuit.js';
import type { CallOutcome } from '../backend.js';
import type { Circuits } from './circuits.js';

let fleet: CircuitFleet;

beforeAll(async () => {
  fleet = await CircuitFleet.start();
});
afterEach(() => fleet.empty());
afterAll(() => fleet.end());

const hear = (circuits: Circuits, times: number, outcome: CallOutcome, model = 'm') => {
  for (let at = 0; at < times; at++) circuits.report('a', model, outcome, false);
};
const answers = (circuits: Circuits, wanted: 'closed' | 'due' | 'open', withinMs = 2_000) =>
  eventually(
    `a circuit that is ${wanted}`,
    () => {
      const answer = circuits.availability('a', 'm');
      return (typeof answer === 'string' ? answer : 'open') === wanted ? true : null;
    },
    { withinMs, everyMs: 5 },
  );
const kept = (what: string, look: (kept: Awaited<ReturnType<CircuitFleet['kept']>>) => boolean) =>
  eventually(what, async () => (look(await fleet.kept()) ? true : null));

describe('the circuits of a fleet', () => {
  it('open for all within 2 s, also for workers that start later', async () => {
    const [one, two] = [await fleet.worker('w1'), await fleet.worker('w2')];
    hear(one.circuits, 10, ANSWERED);
    hear(one.circuits, 10, SERVER_ERROR);
    await answers(two.circuits, 'open');
    const late = await fleet.worker('w3');
    expect(late.circuits.availability('a', 'm')).not.toBe('closed');
    expect(late.circuits.availability('a', 'other')).toBe('closed');
    const text = await one.metrics.registry.getSingleMetricAsString('sluice_circuit_transitions_total');
    expect(text).toContain('{backend="a",state="open"} 1');
  });

  it('open by 5 connection errors that several workers had', async () => {
    const [one, two] = [await fleet.worker('w1'), await fleet.worker('w2')];
    hear(one.circuits, 3, CONNECTION);
    await kept('three failures', ({ 'a m': state }) => state?.kind === 'closed' && state.streak === 3);
    hear(two.circuits, 2, CONNECTION);
    await answers(one.circuits, 'open');
    await answers(two.circuits, 'open');
  });

  it('count each failure once, whoever writes at the same time', async () => {
    const members = await Promise.all(['w1', 'w2', 'w3', 'w4'].map((id) => fleet.worker(id)));
    for (const { circuits } of members) hear(circuits, 30, ANSWERED);
    for (let round = 0; round < 20; round++) {
      for (const { circuits } of members) hear(circuits, 1, SERVER_ERROR);
      await members[0]?.redis.ping();
    }
    const isAll = (failed: number, succeeded: number) => failed === 80 && succeeded === 120;
    await kept('all calls', ({ 'a m': state }) => {
      if (state?.kind !== 'closed') return false;
      const sum = (of: 'failed' | 'succeeded') => state.slices.reduce((total, slice) => total + slice[of], 0);
      return isAll(sum('failed'), sum('succeeded'));
    });
  });

  it('let one probe through in the whole fleet, and close for all when it succeeds', async () => {
    const members = await Promise.all(['w1', 'w2', 'w3', 'w4'].map((id) => fleet.worker(id)));
    for (const { circuits } of members) hear(circuits, 2, CONNECTION);
    for (const { circuits } of members) await answers(circuits, 'open');
    await fleet.age(12_000);
    for (const { circuits } of members) await answers(circuits, 'due');
    const claims = members.flatMap(({ circuits }) => [
      circuits.claimProbe('a', 'm'),
      circuits.claimProbe('a', 'm'),
    ]);
    const isMine = await Promise.all(claims);
    expect(isMine.filter(Boolean)).toHaveLength(1);
    members[Math.floor(isMine.indexOf(true) / 2)]?.circuits.report('a', 'm', REFUSED, true);
    for (const { circuits } of members) await answers(circuits, 'closed');
    expect(await fleet.kept()).toEqual({});
  });

  it('give a probe back that was aborted, and count one that never ends as failed', async () => {
    const [one, two] = [await fleet.worker('w1'), await fleet.worker('w2')];
    hear(one.circuits, 5, CONNECTION);
    await answers(two.circuits, 'open');
    await fleet.age(12_000);
    await answers(one.circuits, 'due');
    expect(await one.circuits.claimProbe('a', 'm')).toBe(true);
    one.circuits.report('a', 'm', ABORTED, true);
    await answers(two.circuits, 'due');
    expect(await two.circuits.claimProbe('a', 'm')).toBe(true);
    await fleet.age(30_000);
    await kept('an expired probe', ({ 'a m': state }) => state?.kind === 'open' && state.openings === 2);
  });

  it('become due when the backend was found alive, once their shortest time is over', async () => {
    const [one, two] = [await fleet.worker('w1'), await fleet.worker('w2')];
    hear(one.circuits, 5, CONNECTION);
    await answers(two.circuits, 'open');
    await fleet.age(12_000);
    await answers(one.circuits, 'due');
    await one.circuits.claimProbe('a', 'm');
    one.circuits.report('a', 'm', CONNECTION, true);
    await kept('a second opening', ({ 'a m': state }) => state?.kind === 'open' && state.openings === 2);
    await fleet.age(11_000);
    await kept('the same', ({ 'a m': state }) => state?.kind === 'open');
    await eventually('a circuit that is hurried', async () => {
      two.circuits.hurry('a');
      return two.circuits.availability('a', 'm') === 'due' ? true : null;
    });
    await answers(one.circuits, 'due');
  });

  it('cost no command of Redis while nothing fails', async () => {
    const { circuits, redis } = await fleet.worker('w1');
    const written = async () => {
      const info = await fleet.redis.info('commandstats');
      return Number(/cmdstat_evalsha:calls=(\d+)/.exec(info)?.[1] ?? 0);
    };
    const before = await written();
    hear(circuits, 1_000, ANSWERED);
    await redis.ping();
    expect(await written()).toBe(before);
    expect(await fleet.kept()).toEqual({});
  });

  it('take along successes from before the first failure, and later ones within a second', async () => {
    const { circuits } = await fleet.worker('w1');
    hear(circuits, 15, ANSWERED);
    hear(circuits, 1, SERVER_ERROR);
    hear(circuits, 4, ANSWERED);
    await kept('19 successes', ({ 'a m': state }) => {
      if (state?.kind !== 'closed') return false;
      return state.slices.reduce((total, { succeeded }) => total + succeeded, 0) === 19;
    });
  });

  it('are forgotten when their failures are out of the window', async () => {
    const [one] = [await fleet.worker('w1'), await fleet.worker('w2')];
    hear(one.circuits, 3, SERVER_ERROR);
    await kept('failures', ({ 'a m': state }) => state?.kind === 'closed' && state.slices[0]?.failed === 3);
    await fleet.age(30_000);
    await kept('nothing', (circuits) => Object.keys(circuits).length === 0);
  });

  it('are at most 1,000, and open ones stay where closed ones can go', async () => {
    const { circuits } = await fleet.worker('w1');
    hear(circuits, 5, CONNECTION, 'wanted');
    await kept('an open one', (all) => all['a wanted']?.kind === 'open');
    for (let at = 0; at < 1_100; at++) hear(circuits, 1, SERVER_ERROR, `invented-${at}`);
    await kept('as many as may be', (all) => Object.keys(all).length === 1_000);
    expect(await fleet.kept()).toHaveProperty('a wanted');
  });

  it('go on while Redis is away, without probes, and are told when it is back', async () => {
    const [one, two] = [await fleet.worker('w1'), await fleet.worker('w2')];
    await fleet.server.redis.stop();
    hear(one.circuits, 5, CONNECTION);
    expect(one.circuits.availability('a', 'm')).not.toBe('closed');
    expect(await one.circuits.claimProbe('a', 'm')).toBe(false);
    await fleet.server.redis.restart();
    await answers(two.circuits, 'open', 10_000);
  });
});
