import type { Redis } from 'ioredis';
import { jobRecord, type JobRecord } from '#common/contracts/job-record.js';
import { keys } from '#common/redis/keys.js';
import { type Answer, byKind, call, jobIdOf } from '../caller.js';
import { atMostMs, exactly, type Figure, type Finding } from '../figure.js';
import { Fleet } from '../fleet.js';
import { greatest } from '../quantiles.js';
import { certainly, until } from '../until.js';

const DEATHS = 3;
const WORKERS = DEATHS + 2;
const RESTART_MS_MAX = 20_000;
const DEAD_WITHIN_MS = 60_000;
const OTHERS = 8;
const OTHER_WAIT_MS = 30_000;

async function read(redis: Redis, id: string): Promise<JobRecord> {
  return jobRecord.parse({ id, ...(await redis.hgetall(keys.job(id))) });
}

/** Others keep calling, one after the other, until they are told to stop. */
function others(url: string): { stop(): Promise<Answer[]> } {
  const state = { isOver: false };
  const answers: Answer[] = [];
  const goOn = async (number: number): Promise<void> => {
    while (!state.isOver) {
      answers.push(
        await call(`${url}/generate`, {
          json: { model: 'sim-fast', prompt: 'x', timeout_ms: OTHER_WAIT_MS },
          headers: { 'x-user-id': `other-${number}` },
        }),
      );
    }
  };
  const all = Promise.all(Array.from({ length: OTHERS }, (_, number) => goOn(number)));
  return {
    async stop() {
      state.isOver = true;
      await all;
      return answers;
    },
  };
}

const runningAgain = (redis: Redis, id: string, delivery: number): Promise<JobRecord> =>
  certainly(
    `delivery ${delivery}`,
    async () => {
      const record = await read(redis, id);
      return record.status === 'running' && record.deliveries === delivery ? record : null;
    },
    { withinMs: 45_000 },
  );

/** Kills whoever runs the job, and answers how long each restart took. */
async function killItsWorkers(fleet: Fleet, redis: Redis, id: string): Promise<number[]> {
  const restarts: number[] = [];
  let killedAt = Number.NaN;
  for (let delivery = 1; delivery <= DEATHS; delivery += 1) {
    const { worker_id } = await runningAgain(redis, id, delivery);
    if (delivery > 1) restarts.push(performance.now() - killedAt);
    const victim = await certainly('its worker', () => fleet.workerCalled(worker_id ?? '', redis), {
      withinMs: 5_000,
    });
    killedAt = performance.now();
    await fleet.kill(victim);
  }
  return restarts;
}

async function poison(fleet: Fleet, redis: Redis): Promise<Finding[]> {
  const bystanders = others(fleet.url());
  const id = jobIdOf(
    await call(`${fleet.url()}/generate`, {
      json: { model: 'sim-hang', prompt: 'poison', mode: 'async' },
      headers: { 'x-user-id': 'poisoner' },
    }),
  );
  const restarts = await killItsWorkers(fleet, redis, id);
  const killedAt = performance.now();
  await until(async () => ((await read(redis, id)).status === 'failed' ? true : null), {
    withinMs: DEAD_WITHIN_MS,
  });
  const deadMs = performance.now() - killedAt;
  const answers = await bystanders.stop();
  const dead = await read(redis, id);
  const well = answers.filter(({ status }) => status === 200).length;
  return [
    exactly('deliveries', dead.deliveries, DEATHS),
    exactly(
      `ended as failed, worker_crashed (it is ${dead.status}, ${dead.outcome?.error_code ?? 'no error'})`,
      Number(dead.status === 'failed' && dead.outcome?.error_code === 'worker_crashed'),
      1,
    ),
    atMostMs('slowest restart after a kill -9', greatest(restarts), RESTART_MS_MAX),
    atMostMs('dead after the third kill', deadMs, RESTART_MS_MAX + 5_000),
    exactly(`others’ requests not answered 200 (${byKind(answers)})`, answers.length - well, 0),
    atMostMs('slowest of the others’', greatest(answers.map(({ tookMs }) => tookMs)), OTHER_WAIT_MS),
    exactly('processes that crashed', fleet.crashed.length, 0),
  ];
}

export const poisonJob: Figure = {
  name: 'poison-job',
  title: 'A job that kills its worker three times is dead with worker_crashed, and others do not notice',
  async measure({ signal }) {
    const fleet = await Fleet.start({ workers: WORKERS, signal });
    const redis = fleet.look();
    try {
      return await poison(fleet, redis);
    } finally {
      redis.disconnect();
      await fleet.stop();
    }
  },
};
