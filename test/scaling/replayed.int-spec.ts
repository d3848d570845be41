import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { Redis } from 'ioredis';
import { pino } from 'pino';
import { poolScaling } from '#common/config/scaling-config.js';
import { keys } from '#common/redis/keys.js';
import { decide } from '../../apps/scaler/src/policy/decide.policy.js';
import { scalingConfigOf } from '../../apps/scaler/src/policy/scaling-config.policy.js';
import type { PoolReading, ScalingMemory } from '../../apps/scaler/src/policy/scaling.js';
import { DecisionLog } from '../../apps/scaler/src/telling/decision-log.js';
import { decideAgain } from '../../bench/scaling/decide-again.js';
import { exportDecisions } from '../../bench/scaling/export-decisions.js';
import { readToldDecisions } from '../../bench/scaling/told-decisions.parser.js';
import { type OwnRedis, startOwnRedis } from '../support/own-servers.js';
import { reportOf } from '../support/scaling-reports.js';

let server: OwnRedis;
let redis: Redis;

beforeAll(async () => {
  server = await startOwnRedis();
  redis = new Redis(server.redis.url);
});
afterAll(async () => {
  redis.disconnect();
  await server.end();
});

const config = scalingConfigOf(poolScaling.parse({ max: 9 }), { mode: 'full', tick_s: 2, slots: 4 });

/** With numbers that have no short decimal form. */
const readingAt = (turn: number): PoolReading => ({
  now_ms: 1_780_000_000_000 + 2_000 * turn,
  age_s: 0,
  queue: { ready: turn, active: 8, deferred: 0, due: 0, head_wait_s: 0.1 + 0.2 },
  arrivals: { latest: turn / 7, fast: turn / 7, slow: turn / 11, slower: turn / 13 },
  service: { mean_s: 10 / 3, scv: 0.1 * 3, samples: 300 },
  outcomes: null,
  instances: [
    {
      name: 'w-1',
      worker_id: 'a',
      state: 'ready',
      slots: 4,
      active: 4,
      born_ms: 1_770_000_000_000,
      is_outdated: false,
    },
  ],
  foreign_slots: 0,
  cold_start: { mean_s: 15, p90_s: 20, samples: 5 },
  usage: null,
  response_s: null,
  forecast: { offered_slots: 1 / 3, is_trusted: true, model: 'last-week' },
  scheduled_floor: 2,
  orders: [],
  backends: { max_connections: null },
  budget_workers: null,
});

describe('decisions that a scaler has told', () => {
  it('come out the same, byte for byte, when they are exported and made again', async () => {
    const log = new DecisionLog(redis, pino({ level: 'silent' }));
    let memory: ScalingMemory = {};
    for (let turn = 0; turn < 900; turn++) {
      const reading = readingAt(turn % 60);
      const decided = decide(reading, memory, config);
      await log.append(
        reportOf(decided.decision, { at_ms: reading.now_ms, trace: { reading, memory, config } }),
      );
      memory = decided.memory;
    }
    const lines: string[] = [];
    await exportDecisions(server.redis.url, (line) => lines.push(line));
    expect(lines).toHaveLength(await redis.xlen(keys.scalerDecisions));
    expect(lines.length).toBeGreaterThan(200);
    const comparison = decideAgain(readToldDecisions(lines.join('\n')), decide);
    expect(comparison).toEqual({ same: lines.length, all: lines.length, differs: null });
  });

  it('cannot be exported from a Redis that is not there, which is said in one sentence without its password', async () => {
    const exported = exportDecisions('redis://:hidden@127.0.0.1:1', () => {});
    await expect(exported).rejects.toThrow(/^Redis at redis:\/\/:\*\*\*@127\.0\.0\.1:1 cannot be read: /);
  });
});
