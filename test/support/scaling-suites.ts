import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { setTimeout as pause } from 'node:timers/promises';
import { keys } from '#common/redis/keys.js';
import { eventually } from './eventually.js';
import { type Place, ScaledPool } from './scaled-pool.js';

const OBJECTIVE_S = 25;
const AWAY_MS = 60_000;

/** A burst that one worker would need 40 s for, beside a job of a minute. */
export function describeBurst(place: Place): void {
  describe(`a burst, with workers from ${place.driver}`, () => {
    let pool: ScaledPool;
    beforeAll(async () => {
      pool = await ScaledPool.start({ place, scaling: { wait_seconds: OBJECTIVE_S } });
    });
    afterAll(() => pool.stop());

    it('grows the pool before a job has waited as long as the objective, and shrinks it afterwards past every busy worker', async () => {
      await pool.untilWorkers(1);
      const [long = ''] = await pool.submit('sim-minute', 1);
      const beganMs = Date.now();
      const burst = await pool.submit('sim-second', 160);
      const wanted = await pool.untilReport(
        'four workers to be wanted',
        ({ decision }) => decision.desired === 4,
      );
      expect(wanted.at_ms - beganMs).toBeLessThan(OBJECTIVE_S * 1_000);
      const jobs = await pool.untilEnded(burst);
      expect(jobs.every(({ status }) => status === 'completed')).toBe(true);
      expect((await pool.workers()).length).toBeGreaterThan(1);

      // Three cold starts, which are long on a crowded machine, make a down-window; it may take two.
      const [left] = await pool.untilWorkers(1, 180_000);
      const job = await pool.job(long);
      // Whoever is left is whoever was busy, unless nobody was any more.
      if (job['status'] === 'running') expect(left?.id).toBe(job['worker_id']);
      const [ended] = await pool.untilEnded([long]);
      expect(ended).toMatchObject({ status: 'completed', deliveries: 1 });
    });
  });
}

/** Two scalers; the one that acts is killed in the middle of a drain. */
export function describeDrain(place: Place): void {
  describe(`two scalers, with workers from ${place.driver}`, () => {
    let pool: ScaledPool;
    beforeAll(async () => {
      pool = await ScaledPool.start({ place, scalers: 2 });
    });
    afterAll(() => pool.stop());

    it('never both act, and a million wanted workers are capped', async () => {
      await pool.order('floor', 1_000_000);
      await pool.untilWorkers(4);
      const { decision, instances } = await pool.untilReport(
        'four to be wanted',
        (said) => said.decision.desired === 4,
      );
      expect(decision.reasons.at(-1)).toMatchObject({ code: 'max', value: 4 });
      expect(instances).toHaveLength(4);
      const leader = await pool.leader();
      const [standby] = pool.scalers.filter((scaler) => scaler !== leader);
      const said = await fetch(`http://127.0.0.1:${standby?.port}/metrics`).then((answer) => answer.text());
      expect(said).toMatch(/^sluice_scaler_leader(?:\{[^}]*\})? 0$/m);
      await pool.look.hdel(keys.scalerOrders('default'), 'floor');
    });

    it('carry on a drain in whose middle one is killed, and the jobs of whoever leaves are finished where they began', async () => {
      await pool.order('fixed', 2);
      const kept = await pool.untilWorkers(2);
      const jobs = await pool.submit('sim-twelve', 8);
      await eventually('all to run', async () => {
        const busy = await pool.workers();
        return busy.reduce((sum, { active }) => sum + active, 0) === 8 ? true : null;
      });
      await pool.order('fixed', 1);
      await eventually('one to be cordoned while it works', async () => {
        const workers = await pool.workers();
        return workers.some(({ state, active }) => state === 'cordoned' && active > 0) ? true : null;
      });
      const leader = await pool.leader();
      await leader.kill();
      pool.scalers.splice(pool.scalers.indexOf(leader), 1);

      const ended = await pool.untilEnded(jobs);
      expect(ended.map(({ status, deliveries }) => `${status as string} ${deliveries as number}`)).toEqual(
        jobs.map(() => 'completed 1'),
      );
      const [left] = await pool.untilWorkers(1);
      await pool.untilReport('one instance, ready', ({ instances }) => {
        return instances?.length === 1 && instances[0]?.state === 'ready';
      });
      expect(await pool.look.exists(keys.scalerDrains('default'))).toBe(0);
      if (place.driver === 'docker') expect(kept.map(({ instance }) => instance)).toContain(left?.instance);
    });
  });
}

/** Redis is away for a minute, and with it every reading. */
export function describeBlindness(place: Place): void {
  describe(`Redis away for a minute, with workers from ${place.driver}`, () => {
    let pool: ScaledPool;
    beforeAll(async () => {
      pool = await ScaledPool.start({ place });
    });
    afterAll(() => pool.stop());

    it('is no reason to step down: whoever was there is there afterwards', async () => {
      await pool.untilWorkers(1);
      // The floor ends while nothing can be seen; then one worker would do.
      await pool.order('floor', 3, 0.9);
      const before = await pool.untilWorkers(3);
      await pool.stack.redis.freeze();
      await pause(AWAY_MS);
      await pool.stack.redis.thaw();
      const names = before.map(({ instance }) => instance).sort();
      const after = await eventually(
        'all workers to be heard again',
        async () => {
          const workers = await pool.workers();
          const heard = workers.filter(({ state }) => state === 'ready').map(({ instance }) => instance);
          return names.every((name) => heard.includes(name)) ? heard : null;
        },
        { withinMs: 15_000 },
      );
      expect(after.sort()).toEqual(names);
      // The first thing it does with what it sees again is to wait for a down-window.
      const { decision } = await pool.untilReport('a decision', ({ at_ms }) => at_ms > Date.now() - 2_000);
      expect(decision.action).not.toBe('down');
    });
  });
}

/** Backends that fail, and workers that end as soon as they start. */
export function describeTrouble(place: Place, crashing: Partial<Place>): void {
  describe(`a failing backend, with workers from ${place.driver}`, () => {
    let pool: ScaledPool;
    beforeAll(async () => {
      pool = await ScaledPool.start({ place });
    });
    afterAll(() => pool.stop());

    it('latches the guard: workers are not added, whatever waits', async () => {
      await pool.untilWorkers(1);
      await pool.submit('sim-broken', 150);
      const { decision } = await pool.untilReport('the guard to latch', ({ trace }) =>
        JSON.stringify(trace).includes('"guard":{"since_ms"'),
      );
      const latchedWith = decision.current;
      await pool.submit('sim-broken', 150);
      for (let looks = 0; looks < 20; looks += 1) {
        const said = await pool.report();
        expect(said?.decision.desired).toBeLessThanOrEqual(latchedWith);
        await pause(250);
      }
    });
  });

  describe(`workers that end at their start, with workers from ${place.driver}`, () => {
    let pool: ScaledPool;
    beforeAll(async () => {
      pool = await ScaledPool.start({ place: { ...place, ...crashing } });
    });
    afterAll(() => pool.stop());

    it('are quarantined after three, each tried later than the one before', async () => {
      const { troubles } = await pool.untilReport(
        'a quarantine',
        ({ troubles }) => troubles.some((trouble) => trouble.includes('quarantine')),
        90_000,
      );
      expect(troubles.length).toBeGreaterThan(0);
      const metrics = async (): Promise<string> =>
        (await fetch(`http://127.0.0.1:${pool.scalers[0]?.port}/metrics`)).text();
      const crashes = async (): Promise<number> =>
        Number(/^sluice_scaler_crashes_total\{.*\} (\d+)$/m.exec(await metrics())?.[1] ?? 0);
      const quarantinedAfter = await crashes();
      expect(quarantinedAfter).toBe(3);
      await pause(5_000);
      expect(await crashes()).toBe(quarantinedAfter);
    });
  });
}
