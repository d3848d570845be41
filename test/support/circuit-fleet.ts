import { Redis } from 'ioredis';
import { Circuits } from '../../apps/worker/src/backends/circuits/circuits.js';
import type { CircuitState } from '../../libs/common/src/contracts/circuit.js';
import type { Logger } from '../../libs/common/src/observability/logger.js';
import { Metrics } from '../../libs/common/src/observability/metrics.js';
import { failFastConnection, patientConnection } from '../../libs/common/src/redis/connections.js';
import { keys } from '../../libs/common/src/redis/keys.js';
import { readCircuit } from '../../apps/worker/src/backends/circuits/circuits.ledger.js';
import { eventually } from './eventually.js';
import { type OwnRedis, startOwnRedis } from './own-servers.js';

export const SILENT = { debug: () => {}, info: () => {}, warn: () => {} } as unknown as Logger;

interface Member {
  readonly circuits: Circuits;
  readonly redis: Redis;
  readonly subscriber: Redis;
}

/** Workers that only know circuits, over a Redis of their own. */
export class CircuitFleet {
  private members: Member[] = [];

  private constructor(
    readonly server: OwnRedis,
    /** For looking at what is there. */
    readonly redis: Redis,
  ) {}

  static async start(): Promise<CircuitFleet> {
    const server = await startOwnRedis();
    return new CircuitFleet(server, new Redis(server.redis.url));
  }

  async worker(workerId: string): Promise<Member & { metrics: Metrics }> {
    const redis = failFastConnection(this.server.redis.url, workerId);
    const subscriber = patientConnection(this.server.redis.url, workerId);
    for (const connection of [redis, subscriber]) connection.on('error', () => undefined);
    await eventually('the connection', () => (redis.status === 'ready' ? true : null));
    const metrics = new Metrics({});
    const circuits = new Circuits({ workerId, redis, subscriber, metrics, logger: SILENT });
    await circuits.start();
    const member = { circuits, redis, subscriber, metrics };
    this.members.push(member);
    return member;
  }

  /** What is kept, by backend and model. */
  async kept(): Promise<Record<string, CircuitState>> {
    const texts = Object.values(await this.redis.hgetall(keys.circuits));
    const circuits = texts.flatMap((text) => readCircuit(text) ?? []);
    return Object.fromEntries(circuits.map(({ backend, model, state }) => [`${backend} ${model}`, state]));
  }

  /** Makes time pass for an open circuit or a probe, in the place of a clock that nobody can turn. */
  async age(ms: number): Promise<void> {
    for (const [field, text] of Object.entries(await this.redis.hgetall(keys.circuits))) {
      const circuit = readCircuit(text);
      if (circuit === null) continue;
      const { state, version } = circuit;
      await this.redis.hset(
        keys.circuits,
        field,
        JSON.stringify({ ...circuit, version: version + 1, state: aged(state, ms) }),
      );
    }
  }

  async empty(): Promise<void> {
    await Promise.all(this.members.map(({ circuits }) => circuits.stop()));
    for (const { redis, subscriber } of this.members) {
      redis.disconnect();
      subscriber.disconnect();
    }
    this.members = [];
    await this.redis.flushall();
  }

  async end(): Promise<void> {
    this.redis.disconnect();
    await this.server.end();
  }
}

function aged(state: CircuitState, ms: number): CircuitState {
  switch (state.kind) {
    case 'closed':
      return { ...state, slices: state.slices.map((slice) => ({ ...slice, at: slice.at - ms / 5_000 })) };
    case 'open':
      return { ...state, since_ms: state.since_ms - ms, until_ms: state.until_ms - ms };
    case 'half-open':
      return { ...state, probe: { ...state.probe, until_ms: state.probe.until_ms - ms } };
  }
}
