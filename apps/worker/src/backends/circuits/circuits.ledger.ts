import type { Redis } from 'ioredis';
import { type Circuit, circuit, circuitField, type CircuitState } from '#common/contracts/circuit.js';
import { jsonOf } from '#common/contracts/json-of.js';
import { channels, keys } from '#common/redis/keys.js';
import { LuaScript } from '#common/redis/lua-script.js';
import { Reply } from '#common/redis/reply.js';
import { isHealthy } from './circuit.policy.js';
import type { RedisClock } from './redis-clock.js';

const writeScript = new LuaScript(new URL('./write-circuit.lua', import.meta.url));

/** Callers may invent models. */
const CIRCUITS_MAX = 1_000;

const stored = jsonOf(circuit);

export type Written =
  | { readonly kind: 'written'; readonly circuit: Circuit }
  /** Somebody else was first; null: and removed it. */
  | { readonly kind: 'outrun'; readonly circuit: Circuit | null };

/** The only code that writes circuits. Hears Redis's clock on the way. */
export class CircuitsLedger {
  /** `redis` is a fail-fast connection: what it does not take now is written later. */
  constructor(
    private readonly redis: Redis,
    private readonly clock: RedisClock,
  ) {}

  /** All that are not healthy. */
  async read(): Promise<Circuit[]> {
    const replies = (await this.redis.pipeline().time().hgetall(keys.circuits).exec()) ?? [];
    const [time, fields] = replies.map(([error, reply]) => {
      if (error !== null) throw error;
      return reply;
    });
    const [seconds, micros] = Array.isArray(time) ? time.map(Number) : [];
    if (seconds === undefined || micros === undefined) throw new TypeError('Redis did not tell its time');
    this.clock.heard(seconds * 1_000 + micros / 1_000);
    return Object.values(fields ?? {}).flatMap((text) => readCircuit(text) ?? []);
  }

  /** Puts `state` in the place of what was known, if that is still there. Healthy circuits are removed. */
  async write(known: Circuit, state: CircuitState): Promise<Written> {
    const { backend, model } = known;
    const version = Math.max(known.version + 1, this.clock.nowMs);
    const next: Circuit = { backend, model, version, state };
    const seen = isHealthy(known.state) ? 0 : known.version;
    const args = [
      circuitField(backend, model),
      seen,
      JSON.stringify(next),
      isHealthy(state) ? 0 : 1,
      CIRCUITS_MAX,
      channels.circuits,
    ];
    const reply = new Reply(await writeScript.run(this.redis, [keys.circuits], args));
    this.clock.heard(reply.number(2));
    if (reply.number(0) === 1) return { kind: 'written', circuit: next };
    return { kind: 'outrun', circuit: readCircuit(reply.text(1)) };
  }
}

/** Null when it is none, as after an upgrade that went back. */
export function readCircuit(text: unknown): Circuit | null {
  return stored.safeParse(text).data ?? null;
}
