import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { channels, keys } from '#common/redis/keys.js';
import { eventually } from '../../../../test/support/eventually.js';
import { ScaledWorld, whoAre } from '../../../../test/support/scaled-world.js';

let world: ScaledWorld;

beforeAll(async () => {
  world = await ScaledWorld.start();
});

afterEach(() => world.clear());
afterAll(() => world.end());

describe('a pool', () => {
  it('has as many workers as was decided; an idle one leaves, a busy one stays until it is idle', async () => {
    const [driver, wish] = [world.driver(), { workers: 2 }];
    await world.scale('alone', { wish, driver });
    const [busy = '', idle = ''] = await world.untilReady(2);
    await world.setActive(busy, 1);
    await world.reported('the job to be seen', ({ instances }) =>
      instances?.some((one) => one.name === busy && one.active === 1),
    );

    wish.workers = 1;
    expect(await world.untilReady(1)).toEqual([busy]);
    wish.workers = 0;
    await world.untilIn('cordoned', busy);
    const { since_ms } = await world.drainOf(busy);
    await world.reported('three beats to go by', ({ at_ms }) => at_ms > since_ms + 7_000);
    expect(driver.asked.filter((word) => !word.startsWith('start'))).toEqual([`stop ${idle}`]);

    wish.workers = 1;
    expect(await world.untilReady(1)).toEqual([busy]);
    wish.workers = 0;
    await world.untilIn('cordoned', busy);
    await world.setActive(busy, 0);
    await world.untilReady(0);
    expect(driver.asked.filter((word) => word.startsWith('start'))).toHaveLength(2);
    expect(driver.asked.filter((word) => !word.startsWith('start'))).toEqual([
      `stop ${idle}`,
      `stop ${busy}`,
    ]);
    expect(await world.redis.hlen(keys.scalerDrains('default'))).toBe(0);
  });

  it('asks a busy worker to end at its deadline, once and not before, also when another scaler goes on with it', async () => {
    const [driver, wish] = [world.driver(false), { workers: 1 }];
    const first = await world.scale('first', { wish, driver, drainMsMax: 4_000 });
    const [busy = ''] = await world.untilReady(1);
    await world.setActive(busy, 1);
    wish.workers = 0;
    await world.untilIn('cordoned', busy);
    const { deadline_ms } = await world.drainOf(busy);
    await world.stop(first);
    expect(driver.asked).toEqual([`start ${busy}`]);

    await world.scale('second', { wish, driver, drainMsMax: 600_000 });
    await world.untilIn('draining', busy);
    expect((await world.drainOf(busy)).stopped_ms).toBeGreaterThanOrEqual(deadline_ms);
    await world.setActive(busy, 0);
    await world.untilReady(0);
    expect(driver.asked).toEqual([`start ${busy}`, `stop ${busy}`]);
  });

  it('adopts what runs and nobody remembers', async () => {
    const driver = world.driver();
    const orphans = await driver.start({ count: 2, epoch: 1 });
    await world.scale('alone', { wish: { workers: 2 }, driver });
    expect((await world.untilReady(2)).sort()).toEqual([...orphans].sort());
    expect(driver.asked).toHaveLength(2);
  });

  it('gets another worker for one that ended by itself, which is forgotten', async () => {
    const driver = world.driver();
    await world.scale('alone', { wish: { workers: 1 }, driver });
    const [first = ''] = await world.untilReady(1);
    await driver.kill(first);
    const next = await world.reported('another one', (report) => {
      const [name] = whoAre(report, 'ready');
      return name !== undefined && name !== first && name;
    });
    expect((await driver.list()).map(({ name }) => name)).toEqual([next]);
  });

  it('that nobody serves is asleep, and is looked at at once when a job comes', async () => {
    const [driver, wish] = [world.driver(), { workers: 0 }];
    await world.scale('alone', { wish, driver, config: { tick_s: 60 } });
    await eventually(
      'the pool to sleep',
      async () => (await world.redis.exists(keys.poolAsleep('default'))) || null,
    );
    wish.workers = 1;
    await world.redis.publish(channels.scalerWake, 'default');
    await eventually('a worker', () => (driver.asked.length === 1 ? true : null));
    await eventually('the pool to be awake', async () =>
      (await world.redis.exists(keys.poolAsleep('default'))) === 0 ? true : null,
    );
  });

  it('is only watched in mode observe', async () => {
    const driver = world.driver();
    await world.scale('alone', { wish: { workers: 3 }, driver, config: { mode: 'observe' } });
    await world.reported('several decisions', ({ decision, trace }) => {
      const { memory } = trace as { memory: { acted_ms?: number } };
      return decision.action === 'up' && (memory.acted_ms ?? 0) > 3;
    });
    expect(driver.asked).toEqual([]);
  });
});
