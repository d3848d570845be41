import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { type DrivenInstance, type Driver, DriverTrouble } from '../../apps/scaler/src/drivers/driver.js';
import { eventually } from './eventually.js';

/** One platform with what a driver of it may meet there. All drivers are of the same pool. */
export interface DriverStage {
  /** Its instances run until they are asked to end, then exit with 0. */
  readonly driver: Driver;
  /** Its instances exit with 3 at once. */
  readonly crashing: Driver;
  /** Its platform cannot be asked to start anything. */
  readonly unreachable: Driver;
  /** What another scaler would make of the same configuration as `driver`. */
  another(): Driver;
  /** Runs something on the platform that no driver of this pool started. */
  runForeign(): Promise<{ readonly name: string; end(): Promise<void> }>;
  /** Until an instance of `driver` would hear that it is asked to end. */
  untilUp(name: string): Promise<void>;
  end(): Promise<void>;
}

const AT_FIRST = { epoch: 1 };
const WITHIN = { withinMs: 60_000, everyMs: 50 };

/** What the loop relies on, of every driver. */
export function describeDriver(name: string, make: () => Promise<DriverStage>): void {
  describe(`the ${name} driver`, () => {
    let stage: DriverStage;

    beforeAll(async () => {
      stage = await make();
    });

    afterEach(async () => {
      await clear(stage.driver);
      await clear(stage.crashing);
    });

    afterAll(async () => {
      await stage.end();
    });

    it('starts as many instances as it is told, under names of their own, and lists them as running', async () => {
      const { driver } = stage;
      const before = Date.now();
      const started = [
        ...(await driver.start({ count: 2, ...AT_FIRST })),
        ...(await driver.start({ count: 1, ...AT_FIRST })),
      ];
      expect(new Set(started).size).toBe(3);

      const listed = await running(driver, 3);
      expect(listed.map((instance) => instance.name).sort()).toEqual([...started].sort());
      for (const instance of listed) {
        expect(instance).toMatchObject({ spec: driver.spec, ended: null });
        expect(instance.born_ms).toBeGreaterThan(before - 2_000);
        expect(instance.born_ms).toBeLessThan(Date.now() + 2_000);
      }
    });

    it('asks an instance to end, and lists it as ended with 0 until it is forgotten', async () => {
      const { driver } = stage;
      const [told, other] = await startUp(driver, 2);
      await Promise.all([told, other].map((instance) => stage.untilUp(instance)));
      await driver.stop(told, AT_FIRST);

      const over = await ended(driver, 1);
      expect(over).toMatchObject([{ state: 'ended', ended: { code: 0 } }]);
      if (driver.capabilities.stopsChosen) expect(over[0]?.name).toBe(told);
      await running(driver, 1);

      await driver.forget(over[0]?.name ?? '');
      expect((await driver.list()).map((instance) => instance.state)).toEqual(['running']);
    });

    it('ends an instance at once, without asking it', async () => {
      const { driver } = stage;
      const [told] = await startUp(driver, 2);
      await driver.kill(told, AT_FIRST);

      const over = await ended(driver, 1);
      expect(over[0]?.ended?.code).not.toBe(0);
      if (driver.capabilities.stopsChosen) expect(over[0]?.name).toBe(told);
    });

    it('lists an instance that ended by itself, with its exit code and when', async () => {
      await stage.crashing.start({ count: 1, ...AT_FIRST });
      const [over] = await ended(stage.crashing, 1);
      expect(over?.ended?.code).toBe(3);
      expect(over?.ended?.at_ms).toBeGreaterThanOrEqual((over?.born_ms ?? Infinity) - 1_000);
      expect(over?.ended?.at_ms).toBeLessThan(Date.now() + 2_000);
    });

    it('takes orders for instances that ended, or that it never knew, as done', async () => {
      const { driver } = stage;
      const [told] = await startUp(driver, 1);
      await driver.kill(told, AT_FIRST);
      await ended(driver, 1);
      for (const instance of [told, 'never-known']) {
        await driver.stop(instance, AT_FIRST);
        await driver.kill(instance, AT_FIRST);
        await driver.forget(instance);
        await driver.forget(instance);
      }
      expect(await running(driver, 0)).toEqual([]);
    });

    it('lists nothing that it did not start', async () => {
      const { driver } = stage;
      const [ours] = await startUp(driver, 1);
      const foreign = await stage.runForeign();
      try {
        expect((await driver.list()).map((instance) => instance.name)).toEqual([ours]);
        expect(foreign.name).not.toBe(ours);
      } finally {
        await foreign.end();
      }
    });

    it('lists to another scaler what goes on without this one, under the same names and of the same spec', async () => {
      const { driver } = stage;
      const another = stage.another();
      await startUp(driver, 2);
      await driver.release('not-leading');
      if (driver.capabilities.outlivesScaler) {
        const seen = (await running(another, 2)).map(identity);
        expect(seen).toEqual((await running(driver, 2)).map(identity));
        expect(another.spec).toBe(driver.spec);
      } else {
        await running(driver, 0);
        expect(await another.list()).toEqual([]);
      }
    });

    it('tells usage of what it started and nothing else, as shares', async () => {
      const { driver } = stage;
      const [ours] = await startUp(driver, 1);
      const usage = await driver.usage();
      if (!driver.capabilities.reportsUsage) expect(usage.size).toBe(0);
      for (const [instance, { cpu, memory }] of usage) {
        expect(instance).toBe(ours);
        expect(cpu).toBeGreaterThanOrEqual(0);
        expect(memory).toBeGreaterThanOrEqual(0);
      }
    });

    it('says so when its platform cannot be asked', async () => {
      await expect(stage.unreachable.start({ count: 1, ...AT_FIRST })).rejects.toThrow(DriverTrouble);
    });
  });
}

const identity = ({ name, spec, born_ms }: DrivenInstance): unknown => ({ name, spec, born_ms });

const byName = (left: DrivenInstance, right: DrivenInstance): number => left.name.localeCompare(right.name);

async function listed(
  driver: Driver,
  state: DrivenInstance['state'],
  count: number,
): Promise<DrivenInstance[]> {
  return eventually(
    `${count} ${state}`,
    async () => {
      const found = (await driver.list()).filter((instance) => instance.state === state);
      return found.length === count ? found.sort(byName) : null;
    },
    WITHIN,
  );
}

const running = (driver: Driver, count: number) => listed(driver, 'running', count);
const ended = (driver: Driver, count: number) => listed(driver, 'ended', count);

async function startUp(driver: Driver, count: number): Promise<[string, string]> {
  await driver.start({ count, ...AT_FIRST });
  const [first = '', second = ''] = (await running(driver, count)).map((instance) => instance.name);
  return [first, second];
}

/** Leaves nothing of a driver's behind for the next test. */
async function clear(driver: Driver): Promise<void> {
  await eventually(
    'the instances to be gone',
    async () => {
      for (const instance of await driver.list()) {
        if (instance.state === 'running') await driver.kill(instance.name, AT_FIRST);
        else await driver.forget(instance.name);
      }
      return (await driver.list()).length === 0 ? true : null;
    },
    WITHIN,
  );
}
